// How events reach background and durable subscriptions, each figure beside a limit in the same run:
//
//   consumption    durable events handled by one subscription, beside a scan of the same rows by SQLite itself; syncs
//                  for each
//   waking         from the commit of an event to its durable handler, beside a hand-off between two threads by a
//                  condition variable
//   restart        from opening a store with many events to the handler of the one that is left, beside opening it with
//                  SQLite
//   hand-off       events in memory through a background subscription, beside a bounded queue between two threads
//   sick company   a publisher's latency with ten background subscribers, and with one that fails, one that hangs and
//                  one that is slow among them
//
//   bench_delivery [events in the log, 1000000] [directory, the temporary one]
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "base/id.hpp"
#include "base/log.hpp"
#include "bench/measure.hpp"
#include "bench/meter.h"
#include "bench/served_bus.hpp"
#include "store/sqlite/event_rows.hpp"

namespace {
std::atomic<std::uint64_t> syncs = 0;
}

// In place of the system's, for SQLite too: counts.
extern "C" int fdatasync(int file) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace {

using namespace backplane;
using namespace backplane::bench;
using std::chrono::nanoseconds;

std::int64_t now_ns() { return std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch()).count(); }

enum class Role { well = 0, fails = 1, hangs = 2, is_slow = 3 };

// Counts the calls of subscribers that are well, and does what the others do.
class Meter : public meter {
 public:
  Meter() : meter{&Meter::take} {}

  std::uint64_t calls() const { return calls_; }
  std::int64_t called_at() const { return called_at_; }

  void wait_for(std::uint64_t calls) {
    std::unique_lock lock(mutex_);
    wanted_ = calls;
    changed_.wait(lock, [&] { return calls_ >= calls; });
    wanted_ = never;
  }

  // Those that hang go on.
  void release() {
    const std::lock_guard lock(mutex_);
    is_released_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  static std::int32_t take(meter* own, std::int64_t role) {
    auto& self = *static_cast<Meter*>(own);
    switch (static_cast<Role>(role)) {
      case Role::well: self.count(); break;
      case Role::fails: return BP_E_INTERNAL;
      case Role::hangs: self.wait_for_release(std::chrono::hours(1)); break;
      case Role::is_slow: self.wait_for_release(std::chrono::milliseconds(2)); break;
    }
    return BP_OK;
  }

  void count() {
    called_at_ = now_ns();
    if (++calls_ < wanted_) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  void wait_for_release(nanoseconds most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, most, [&] { return is_released_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::uint64_t> calls_{0}, wanted_{never};
  std::atomic<std::int64_t> called_at_{0};
  bool is_released_ = false;
};

manifest::PluginSettings metered(const std::string& id, const Meter& shared, plugin::Mode mode, Role role = Role::well) {
  manifest::PluginSettings settings;
  settings.id = id;
  settings.library_path = BACKPLANE_METER;
  const auto address = reinterpret_cast<std::uintptr_t>(static_cast<const meter*>(&shared));
  settings.config =
      model::Document::from(base::Json{{"meter", address}, {"mode", static_cast<int>(mode)}, {"role", static_cast<int>(role)}});
  return settings;
}

model::Event next_event() {
  static const model::Document payload =
      model::Document::trusted(R"({"order":"7","amount":4200,"note":")" + std::string(150, 'x') + "\"}");
  static std::uint64_t count = 0;
  model::Event event;
  event.time = base::SystemClock().now();
  event.id = base::new_uuid(event.time);
  event.type = "order.paid";
  event.actor = event.source = "bench";
  event.key = std::to_string(++count % 1000);
  event.correlation_id = event.id;
  event.payload = payload;
  return event;
}

// Appends and waits; `done` is called on the store's thread with the moment of the commit.
void append(store::Store& store, std::size_t events,
            const std::function<void(store::UnitOfWork&, const store::Kept&)>& done = {}) {
  store::UnitOfWork unit{"bench", base::SystemClock().now(), {}};
  for (std::size_t i = 0; i < events; ++i) unit.events.push_back(next_event());
  std::atomic<int> answered = 0;
  store::UnitOfWork copy = done ? unit : store::UnitOfWork{};
  store.commit(std::move(unit), [&](const store::CommitResult& result) {
    BACKPLANE_ASSERT(result.has_value());
    if (done) done(copy, *result);
    answered = 1;
    answered.notify_one();
  });
  answered.wait(0);
}

void fill(store::Store& store, std::uint64_t events) {
  for (std::uint64_t left = events; left > 0;) {
    const auto batch = std::min<std::uint64_t>(left, 1000);
    append(store, batch);
    left -= batch;
  }
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

// All columns of all rows, in order, each looked at.
double raw_scan(const std::filesystem::path& path) {
  using store::sqlite::Connection;
  auto connection = Connection::open(path, Connection::Access::read_only, std::chrono::seconds(5)).value();
  static constexpr store::sqlite::Sql select{"SELECT " BACKPLANE_EVENT_COLUMNS " FROM event ORDER BY position"};
  double count = 0;
  std::int64_t sum = 0;
  const auto start = Clock::now();
  auto statement = connection->use(select);
  for (; statement->step().value(); ++count) {
    for (const int number : {0, 2, 3, 4, 5, 6, 7, 8}) sum += statement->integer(number);
    for (const int text : {1, 9, 10, 11, 12, 13}) sum += static_cast<std::int64_t>(statement->text(text).size());
  }
  BACKPLANE_ASSERT(sum != 0);
  return count / seconds_since(start);
}

void measure_consumption(const std::filesystem::path& path) {
  constexpr std::uint64_t events = 200'000;
  remove_database(path);
  auto store = open_store(path);
  fill(*store, events);
  const double scanned = raw_scan(path);
  Meter shared;
  double rate = 0, writes = 0;
  {
    ServedBus served(path.string() + ".run", store.get(), {4, 16});
    const std::uint64_t before = syncs;
    const auto start = Clock::now();
    served.load({metered("meter", shared, plugin::Mode::durable)}, std::chrono::seconds(1));
    shared.wait_for(events);
    rate = static_cast<double>(events) / seconds_since(start);
    writes = static_cast<double>(syncs - before) / static_cast<double>(events);
  }
  std::printf("consumption   %10.0f /s    SQLite, scan %10.0f /s   ratio %.2f   syncs for each %.5f\n", rate, scanned,
              rate / scanned, writes);
  store->close();
}

// From a notification to the thread that waited for it, to and fro.
std::vector<double> hand_offs(int count) {
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t sent_at = 0;
  std::vector<double> micros;
  std::thread receiver([&] {
    std::unique_lock lock(mutex);
    for (int i = 0; i < count; ++i) {
      changed.wait(lock, [&] { return sent_at != 0; });
      micros.push_back(static_cast<double>(now_ns() - sent_at) / 1000);
      sent_at = 0;
      changed.notify_all();
    }
  });
  for (int i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    sent_at = now_ns();
    changed.notify_all();
    changed.wait(lock, [&] { return sent_at == 0; });
  }
  receiver.join();
  return micros;
}

void measure_waking(const std::filesystem::path& path) {
  constexpr int count = 1000;
  remove_database(path);
  auto store = open_store(path);
  Meter shared;
  std::vector<double> woken;
  {
    ServedBus served(path.string() + ".run", store.get(), {4, 16});
    served.load({metered("meter", shared, plugin::Mode::durable)}, std::chrono::seconds(1));
    for (int i = 0; i < count; ++i) {
      std::int64_t committed_at = 0;
      const std::uint64_t before = shared.calls();
      append(*store, 1, [&](store::UnitOfWork& unit, const store::Kept& kept) {
        committed_at = now_ns();
        auto event = std::make_shared<model::Event>(std::move(unit.events.front()));
        event->position = kept.events.front().position;
        served.bus().committed({event});
      });
      shared.wait_for(before + 1);
      woken.push_back(static_cast<double>(shared.called_at() - committed_at) / 1000);
    }
  }
  const auto limit = hand_offs(count);
  for (const auto& [name, part] : {std::pair("p50", 0.5), {"p99", 0.99}})
    std::printf("waking, %s  %9.0f us    condition variable %7.0f us   ratio %.2f\n", name, percentile(woken, part),
                percentile(limit, part), percentile(woken, part) / percentile(limit, part));
  store->close();
}

void measure_restart(const std::filesystem::path& path, std::uint64_t events) {
  remove_database(path);
  Meter shared;
  const auto serve = [&](store::Store& store, const std::function<void()>& meanwhile) {
    ServedBus served(path.string() + ".run", &store, {4, 16});
    served.load({metered("meter", shared, plugin::Mode::durable)}, std::chrono::seconds(1));
    meanwhile();
  };
  auto store = open_store(path);
  fill(*store, events);
  serve(*store, [&] { shared.wait_for(events); });
  append(*store, 1);
  store->close();
  store.reset();

  const auto limit_start = Clock::now();
  {
    auto connection =
        store::sqlite::Connection::open(path, store::sqlite::Connection::Access::read_only, std::chrono::seconds(5))
            .value();
    static constexpr store::sqlite::Sql last{"SELECT payload FROM event ORDER BY position DESC LIMIT 1"};
    BACKPLANE_ASSERT(connection->use(last)->step().value());
  }
  const double limit = seconds_since(limit_start) * 1000;
  const std::int64_t start = now_ns();
  store = open_store(path);
  const double opened = static_cast<double>(now_ns() - start) / 1e6;
  double first = 0;
  serve(*store, [&] {
    shared.wait_for(events + 1);
    first = static_cast<double>(shared.called_at() - start) / 1e6;
  });
  std::printf(
      "restart       %10.1f ms (store open after %.1f)    SQLite, open and read %.1f ms   %llu events in the log\n",
      first, opened, limit, static_cast<unsigned long long>(events));
  store->close();
}

// A bounded queue between two threads, emptied in one go each time.
double raw_hand_off(std::uint64_t count) {
  std::mutex mutex;
  std::condition_variable filled, emptied;
  std::vector<events::SharedEvent> queue;
  const auto event = std::make_shared<const model::Event>(next_event());
  const auto start = Clock::now();
  std::thread receiver([&] {
    std::vector<events::SharedEvent> taken;
    for (std::uint64_t received = 0; received < count; received += taken.size()) {
      taken.clear();
      std::unique_lock lock(mutex);
      filled.wait(lock, [&] { return !queue.empty(); });
      taken.swap(queue);
      emptied.notify_one();
    }
  });
  for (std::uint64_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    emptied.wait(lock, [&] { return queue.size() < 10'000; });
    queue.push_back(event);
    if (queue.size() == 1) filled.notify_one();
  }
  receiver.join();
  return static_cast<double>(count) / seconds_since(start);
}

// Publishes one event in memory, again where a queue is full; the time of the call that succeeded, in microseconds.
double publish_once(events::Bus& bus) {
  auto event = std::make_shared<model::Event>(next_event());
  while (true) {
    const std::int64_t start = now_ns();
    if (bus.publish(plugin::Cause{}, event, plugin::Promise::memory))
      return static_cast<double>(now_ns() - start) / 1000;
    std::this_thread::yield();
  }
}

void measure_hand_off(const std::filesystem::path& directory) {
  constexpr std::uint64_t count = 200'000;
  Meter shared;
  ServedBus served(directory, nullptr, {4, 16});
  served.load({metered("meter", shared, plugin::Mode::background)}, std::chrono::seconds(1));
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < count; ++i) publish_once(served.bus());
  shared.wait_for(count);
  const double rate = static_cast<double>(count) / seconds_since(start), limit = raw_hand_off(count);
  std::printf("hand-off      %10.0f /s    bounded queue %10.0f /s   ratio %.3f\n", rate, limit, rate / limit);
}

// Ten background subscribers.
std::vector<manifest::PluginSettings> company(const Meter& shared, const std::vector<Role>& others) {
  std::vector<manifest::PluginSettings> all;
  for (std::size_t i = 0; i < 10; ++i)
    all.push_back(metered("meter-" + std::to_string(i), shared, plugin::Mode::background, i < others.size() ? others[i] : Role::well));
  return all;
}

void measure_sick_company(const std::filesystem::path& directory) {
  constexpr int rounds = 40, in_a_round = 50;
  Meter all_well, some_sick;
  ServedBus healthy(directory / "healthy", nullptr, {4, 32}), mixed(directory / "mixed", nullptr, {4, 32});
  healthy.load(company(all_well, {}), std::chrono::milliseconds(50));
  mixed.load(company(some_sick, {Role::fails, Role::hangs, Role::is_slow}), std::chrono::milliseconds(50));
  std::vector<double> in_health, in_sickness;
  const auto publish_some = [&](ServedBus& served, std::vector<double>& micros) {
    for (int i = 0; i < in_a_round; ++i) micros.push_back(publish_once(served.bus()));
  };
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    publish_some(healthy, in_health);
    all_well.wait_for(round * in_a_round * 10);
    publish_some(mixed, in_sickness);
    some_sick.wait_for(round * in_a_round * 7);
  }
  some_sick.release();
  std::printf("sick company  p50 %.2f us   all well p50 %.2f us   ratio %.2f\n", percentile(in_sickness, 0.5), percentile(in_health, 0.5),
              percentile(in_sickness, 0.5) / percentile(in_health, 0.5));
}

}  // namespace

int main(int argc, char** argv) {
  base::set_log(base::LogLevel::error, base::LogFormat::text);
  const std::uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::filesystem::path parent = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  const auto directory = parent / ("bench_delivery-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto path = directory / "events.db";
  std::printf("probe: a sync takes %.0f us\n", probe_sync(directory));
  measure_consumption(path);
  measure_waking(path);
  measure_restart(path, events);
  measure_hand_off(directory / "hand_off");
  measure_sick_company(directory);
  std::filesystem::remove_all(directory);
  return 0;
}
