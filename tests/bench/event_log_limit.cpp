// Durable events through Store::commit beside SQLite's own rate with the same schema, and replay beside a scan by SQLite
// itself. Prints both sides and their ratio, the syncs of each batch, and a probe of the disk's sync beside each figure.
//
//   bench_events [seconds per figure, 5] [events to replay, 500000; 0: none] [directory, the temporary one]
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/assertion.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "bench/measure.hpp"
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

const std::string payload_text =
    R"({"order":"01890a5d-ac96-774b-bcce-b302099a8057","amount":4200,"currency":"EUR","lines":[{"item":"a","count":2}],"note":")" +
    std::string(100, 'x') + "\"}";

model::Event next_event(const model::Document& payload) {
  static const char* const types[] = {"order.created", "order.paid", "order.shipped", "order.closed"};
  static thread_local std::uint32_t count = 0;
  model::Event event;
  event.time = base::SystemClock().now();
  event.id = base::new_uuid(event.time);
  event.type = types[count++ % 4];
  event.tenant = "acme";
  event.actor = "ann";
  event.source = "plugin:orders";
  event.key = event.id.substr(28);
  event.correlation_id = event.id;
  event.subject = "order/" + event.key;
  event.payload = payload;
  return event;
}

// One writer on SQLite itself, with the row that the store writes.
class RawLog {
 public:
  explicit RawLog(const std::filesystem::path& path) : path_(path), connection_(open_raw(path)) {}
  ~RawLog() {
    connection_.reset();
    remove_database(path_);
  }

  void append(int rows) {
    static constexpr store::sqlite::Sql begin{"BEGIN IMMEDIATE"};
    static constexpr store::sqlite::Sql commit{"COMMIT"};
    BACKPLANE_ASSERT(connection_->use(begin)->run().has_value());
    for (int i = 0; i < rows; ++i) insert(next_event(payload_));
    BACKPLANE_ASSERT(connection_->use(commit)->run().has_value());
  }

 private:
  void insert(const model::Event& event) {
    static constexpr store::sqlite::Sql sql{"INSERT INTO event (" BACKPLANE_EVENT_COLUMNS
                                            ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"};
    auto statement = connection_->use(sql);
    ++position_;
    statement->bind(1, position_);
    statement->bind(2, std::string_view(event.id));
    statement->bind(3, position_ % 4 + 1);
    for (const int name : {4, 5, 6}) statement->bind(name, std::int64_t{name});
    for (const int time : {7, 8}) statement->bind(time, std::int64_t{event.time.time_since_epoch().count()});
    statement->bind(9, std::int64_t{0});
    statement->bind(10, std::string_view(event.key));
    statement->bind(11, std::string_view(event.correlation_id));
    statement->bind(12, std::string_view(event.causation_id));
    statement->bind(13, std::string_view(event.subject));
    statement->bind(14, event.payload.text());
    BACKPLANE_ASSERT(statement->run().has_value());
  }

  const std::filesystem::path path_;
  std::unique_ptr<store::sqlite::Connection> connection_;
  const model::Document payload_ = model::Document::trusted(payload_text);
  std::int64_t position_ = 0;
};

Rate raw_appends(const std::filesystem::path& path, int rows, double seconds) {
  RawLog log(path);
  const Stopwatch watch;
  double count = 0;
  for (; watch.seconds() < seconds; count += rows) log.append(rows);
  return watch.rate(count);
}

store::UnitOfWork one_event(const model::Document& payload) {
  store::UnitOfWork unit{"ann", base::SystemClock().now(), {}};
  unit.events.push_back(next_event(payload));
  return unit;
}

// Blocking publishers: each waits for its answer before its next event.
Rate store_publishes(store::Store& store, int publishers, double seconds) {
  std::atomic<std::uint64_t> count = 0;
  const Stopwatch watch;
  std::vector<std::thread> threads;
  for (int t = 0; t < publishers; ++t)
    threads.emplace_back([&] {
      const model::Document payload = model::Document::trusted(payload_text);
      std::uint64_t mine = 0;
      for (; watch.seconds() < seconds; ++mine) {
        Answer answer;
        store.commit(one_event(payload), [&](const store::CommitResult& result) {
          BACKPLANE_ASSERT(result.has_value() && result->events[0].is_new);
          answer.give();
        });
        answer.wait();
      }
      count += mine;
    });
  for (std::thread& thread : threads) thread.join();
  return watch.rate(static_cast<double>(count));
}

// So many publishers on a new store; prints what its batches were.
Rate publish(const std::filesystem::path& path, int publishers, double seconds) {
  remove_database(path);
  auto store = open_store(path);
  store_publishes(*store, publishers, seconds / 10);
  const auto before = store->figures();
  const std::uint64_t syncs_before = syncs;
  const Rate rate = store_publishes(*store, publishers, seconds);
  const auto after = store->figures();
  const auto batches = static_cast<double>(after.batches - before.batches);
  std::printf("    units in a batch %.1f, syncs of a batch %.3f\n", static_cast<double>(after.commits - before.commits) / batches,
              static_cast<double>(syncs - syncs_before) / batches);
  store->close();
  remove_database(path);
  return rate;
}

// Both in turns, since the disk is not as fast at one moment as at the next: the rates are those of all rounds together.
void compare(const std::filesystem::path& path, int rows, int publishers, double seconds) {
  constexpr int rounds = 5;
  Rate raw, store;
  double sync = 0;
  std::printf("\n");
  for (int round = 0; round < rounds; ++round) {
    const Rate a = raw_appends(path, rows, seconds / rounds), b = publish(path, publishers, seconds / rounds);
    raw.per_second += a.per_second / rounds;
    raw.cpu_micros += a.cpu_micros / rounds;
    store.per_second += b.per_second / rounds;
    store.cpu_micros += b.cpu_micros / rounds;
    sync += probe_sync(path.parent_path()) / rounds;
  }
  print(("SQLite, " + std::to_string(rows) + " rows in a transaction").c_str(), raw);
  print(("publish, " + std::to_string(publishers) + " blocking publishers").c_str(), store);
  std::printf("%-58s %10.2f   (sync %.0f us)\n", "publish : SQLite", store.per_second / raw.per_second, sync);
}

void fill(store::Store& store, std::uint64_t events) {
  const model::Document payload = model::Document::trusted(payload_text);
  for (std::uint64_t i = 0; i < events;) {
    store::UnitOfWork unit{"ann", base::SystemClock().now(), {}};
    for (int n = 0; n < 1000 && i < events; ++n, ++i) unit.events.push_back(next_event(payload));
    Answer answer;
    store.commit(std::move(unit), [&](const store::CommitResult&) {
      answer.give();
    });
    answer.wait();
  }
}

Rate replay(store::Store& store, const store::EventQuery& query) {
  double count = 0;
  std::uint64_t bytes = 0;
  const Stopwatch watch;
  BACKPLANE_ASSERT(store.events().read_events(query, [&](const model::Event& event) {
    ++count;
    bytes += event.payload.text().size() + event.id.size();
    return true;
  }).has_value());
  BACKPLANE_ASSERT(bytes > 0);
  return watch.rate(count);
}

// All columns of all rows, in order, each looked at.
Rate raw_scan(const std::filesystem::path& path) {
  using store::sqlite::Connection;
  auto connection = Connection::open(path, Connection::Access::read_only, std::chrono::seconds(5)).value();
  static constexpr store::sqlite::Sql select{"SELECT " BACKPLANE_EVENT_COLUMNS " FROM event ORDER BY position"};
  double count = 0;
  std::int64_t sum = 0;
  std::size_t bytes = 0;
  const Stopwatch watch;
  auto statement = connection->use(select);
  for (; statement->step().value(); ++count) {
    for (const int number : {0, 2, 3, 4, 5, 6, 7, 8}) sum += statement->integer(number);
    for (const int text : {1, 9, 10, 11, 12, 13}) bytes += statement->text(text).size();
  }
  BACKPLANE_ASSERT(sum != 0 && bytes > 0);
  return watch.rate(count);
}

void measure_replay(const std::filesystem::path& path, std::uint64_t events) {
  remove_database(path);
  auto store = open_store(path);
  fill(*store, events);
  std::printf("\n%llu events\n", static_cast<unsigned long long>(events));
  replay(*store, {});  // so that both find the file in memory
  Rate raw, replayed;
  for (int round = 0; round < 3; ++round) {
    const Rate a = raw_scan(path), b = replay(*store, {});
    if (a.per_second > raw.per_second) raw = a;
    if (b.per_second > replayed.per_second) replayed = b;
  }
  print("SQLite, scan of all columns", raw);
  print("replay of all", replayed);
  print("replay of one type of four", replay(*store, {.pattern = "order.paid"}));
  std::printf("%-58s %10.2f\n", "replay : SQLite, scan", replayed.per_second / raw.per_second);
  store->close();
  remove_database(path);
}

}  // namespace

int main(int argc, char** argv) {
  base::set_log(base::LogLevel::warning, base::LogFormat::text);
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  const std::uint64_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 500'000;
  const std::filesystem::path directory = argc > 3 ? argv[3] : std::filesystem::temp_directory_path();
  const std::filesystem::path path = directory / ("bench_events_" + std::to_string(getpid()) + ".db");

  std::printf("payload of %zu bytes\n", payload_text.size());
  compare(path, 1, 1, seconds);
  compare(path, 64, 8, seconds);
  compare(path, 64, 64, seconds);
  compare(path, 512, 64, seconds);
  if (events > 0) measure_replay(path, events);
  return 0;
}
