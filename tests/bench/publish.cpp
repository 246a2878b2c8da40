// What it costs to publish to sync subscribers, beside a bare array of function pointers and beside Boost.Signals2,
// with 1 and with 10 of them, in one run. All four call the same functions of a loaded plugin.
//
//   bare         the functions by their pointers, in a loop, with an event that is there already
//   handed out   the same event by the bus: seen by the watchdog, given up when one hangs, exceptions caught, with its
//                deadline, its plugin's breaker, counted
//   signals2     the same event by a boost::signals2::signal
//   published    a plugin's publish through the C interface, in memory: checked, granted, with a UUIDv7 and the time,
//                handed out
//   clock, id    what of that the reading of the clock and the making of the id cost
//   coroutine    the same event handed out on the way of a coroutine, as those of operations are
//
//   bench_publish [rounds, 101]
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/signals2.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "bench/served_bus.hpp"
#include "events/sync_calls.hpp"
#include "plugin/event_table.hpp"

namespace {

using namespace backplane;

constexpr int calls = 100'000;  // of subscribers, in each measurement

// With a single thread std::shared_ptr counts without atomics, which no host could.
class SecondThread {
 public:
  ~SecondThread() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_{[this] {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }};
};

// Of this thread's own time: what others take of the machine meanwhile is not counted.
double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class F>
double nanoseconds_each(int count, F work) {
  const double start = cpu_nanoseconds();
  for (int i = 0; i < count; ++i) work();
  return (cpu_nanoseconds() - start) / count;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

manifest::PluginSettings listener() {
  manifest::PluginSettings settings;
  settings.id = "listener";
  settings.library_path = BACKPLANE_LISTENER;
  return settings;
}

model::Event an_event(const std::string& type) {
  model::Event event;
  event.time = base::SystemClock().now();
  event.id = base::new_uuid(event.time);
  event.type = type;
  event.actor = event.source = "plugin:listener";
  event.correlation_id = event.id;
  return event;
}

struct Figures {
  std::vector<double> bare, handed_out, signals2, published, clock_and_id, coroutine;
};

// One type of event, with those who listen to it.
class Measured {
 public:
  Measured(bench::ServedBus& served, std::string type)
      : bus_(served.bus()),
        pool_(served.pool()),
        instance_(served.plugin(0)),
        type_(std::move(type)),
        context_(std::make_shared<plugin::EventContext>(std::make_shared<model::Event>(an_event(type_)),
                                                        plugin::Delivered{})),
        table_(bus_.table()) {
    for (const plugin::Subscription& one : instance_.subscriptions()) {
      if (one.pattern != type_) continue;
      bare_.emplace_back(one.function, one.user_data);
      signal_.connect([&one](const bp_event* event) { return one.function(one.user_data, event); });
    }
  }

  std::size_t listeners() const { return bare_.size(); }

  void measure(Figures& figures) {
    const int times = calls / static_cast<int>(bare_.size());
    figures.bare.push_back(nanoseconds_each(times, [&] { call_bare(); }));
    figures.handed_out.push_back(nanoseconds_each(times, [&] { hand_out(); }));
    figures.signals2.push_back(nanoseconds_each(times / 5, [&] { signal_(context_->subject()); }));
    figures.published.push_back(nanoseconds_each(times / 5, [&] { publish(); }));
    figures.clock_and_id.push_back(nanoseconds_each(times / 5, [&] {
      if (base::new_uuid(bus_.now()).empty()) std::abort();
    }));
    figures.coroutine.push_back(nanoseconds_each(times / 5, [&] { hand_out_to_coroutine(); }));
  }

 private:
  void call_bare() const {
    for (const auto& [function, user_data] : bare_)
      if (function(user_data, context_->subject()) != BP_OK) std::abort();
  }

  void hand_out() {
    if (!events::call_sync_here(*table_, *lineup_, context_, pool_, no_turns_)) std::abort();
  }

  void hand_out_to_coroutine() {
    plugin::Passage passage{.executor = &pool_, .pool = pool_, .until = std::chrono::steady_clock::time_point::max()};
    base::start(bus_.call_sync(passage, context_->shared_event()), [](bool) {});
  }

  void publish() {
    bp_publication publication{};
    publication.struct_size = sizeof publication;
    publication.promise = BP_PROMISE_MEMORY;
    publication.event_type = {type_.data(), type_.size()};
    if (plugin::event_table().publish(instance_.to_abi(), &publication, nullptr, nullptr) != BP_OK) std::abort();
  }

  events::Bus& bus_;
  base::WorkerPool& pool_;
  plugin::Instance& instance_;
  const std::string type_;
  std::shared_ptr<plugin::EventContext> context_;
  const std::shared_ptr<const events::Table> table_;
  const plugin::Lineup* const lineup_ = table_->matches(type_).lineup;
  const std::vector<const plugin::Instance*> no_turns_;
  std::vector<std::pair<bp_event_fn, void*>> bare_;
  boost::signals2::signal<std::int32_t(const bp_event*)> signal_;
};

// The median of what was found round by round: both sides of a ratio were measured at the same moment.
double ratio(const std::vector<double>& values, const std::vector<double>& others) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < values.size(); ++i) ratios.push_back(values[i] / others[i]);
  return median(ratios);
}

void print(std::size_t listeners, const Figures& figures) {
  std::printf("%zu sync subscriber%s\n", listeners, listeners == 1 ? "" : "s");
  for (const auto& [name, values] : {std::pair("bare", &figures.bare),
                                     {"handed out", &figures.handed_out},
                                     {"signals2", &figures.signals2},
                                     {"published", &figures.published},
                                     {"clock, id", &figures.clock_and_id},
                                     {"coroutine", &figures.coroutine}})
    std::printf("  %-14s %9.2f ns %8.2f x bare  %8.2f x faster than signals2\n", name, median(*values),
                ratio(*values, figures.bare), ratio(figures.signals2, *values));
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 101;
  const SecondThread second;
  const auto directory = std::filesystem::temp_directory_path() / ("bench_publish-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  {
    bench::ServedBus served(directory, nullptr, base::WorkerPool::Size{1, 4});
    served.load({listener()}, std::chrono::seconds(1));
    Measured one(served, "tick.one"), ten(served, "tick.ten");
    Figures with_one, with_ten;
    for (int round = 0; round < rounds; ++round) {
      one.measure(with_one);
      ten.measure(with_ten);
    }
    print(one.listeners(), with_one);
    print(ten.listeners(), with_ten);
  }
  std::filesystem::remove_all(directory);
  return 0;
}
