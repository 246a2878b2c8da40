// Durable creates through Store::commit beside SQLite's own rate with the same schema, and what a get costs; then the
// same in a large store. Prints both sides and their ratio, with a probe of the disk's sync beside each figure.
//
//   bench_store [seconds per figure, 2] [resources of the large store, 1000000; 0: none] [directory, the temporary one]
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/assertion.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "bench/measure.hpp"

namespace {

using namespace backplane;
using namespace backplane::bench;

const std::string document_text =
    R"({"title":"The quick brown fox jumps over the lazy dog","done":false,"rank":42,"tags":["one","two"],"body":")" +
    std::string(300, 'x') + "\"}";

// One writer on SQLite itself, with the statement that the store uses.
Rate raw_creates(const std::filesystem::path& path, int rows, double seconds) {
  auto connection = open_raw(path);
  static constexpr store::sqlite::Sql begin{"BEGIN IMMEDIATE"};
  static constexpr store::sqlite::Sql commit{"COMMIT"};
  static constexpr store::sqlite::Sql insert{
      "INSERT INTO resource (type, tenant, name, deleted, last_revision, created_at, created_by, updated_at, updated_by, "
      "revision, edit, parent, status, revision_created_at, revision_created_by, revision_updated_at, "
      "revision_updated_by, document) VALUES (1,'acme',?1,0,1,?2,'ann',?2,'ann',1,0,0,0,?2,'ann',?2,'ann',?3)"};
  base::SystemClock clock;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  double count = 0;
  while (seconds_since(start) < seconds) {
    BACKPLANE_ASSERT(connection->use(begin)->run().has_value());
    for (int i = 0; i < rows; ++i) {
      const base::UtcTime now = clock.now();
      const std::string id = base::new_uuid(now);
      auto statement = connection->use(insert);
      statement->bind(1, std::string_view(id));
      statement->bind(2, std::int64_t{now.time_since_epoch().count()});
      statement->bind(3, std::string_view(document_text));
      BACKPLANE_ASSERT(statement->run().has_value());
    }
    BACKPLANE_ASSERT(connection->use(commit)->run().has_value());
    count += rows;
  }
  const double took = seconds_since(start);
  const Rate rate{count / took, (cpu_seconds() - cpu) * 1e6 / count};
  connection.reset();
  remove_database(path);
  return rate;
}

store::UnitOfWork one_create(const model::Document& document) {
  const base::UtcTime now = base::SystemClock().now();
  return {"ann", now, {store::Create{{"acme", "note", base::new_uuid(now)}, model::Status::stable, document}}};
}

// Blocking committers: each waits for its answer before its next unit.
Rate store_creates(store::Store& store, int committers, double seconds) {
  std::atomic<std::uint64_t> count = 0;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < committers; ++t)
    threads.emplace_back([&] {
      const model::Document document = model::Document::trusted(document_text);
      while (seconds_since(start) < seconds) {
        Answer answer;
        store.commit(one_create(document), [&](const store::CommitResult& result) {
          BACKPLANE_ASSERT(result.has_value());
          answer.give();
        });
        answer.wait();
        ++count;
      }
    });
  for (std::thread& thread : threads) thread.join();
  const double took = seconds_since(start);
  return {static_cast<double>(count) / took, (cpu_seconds() - cpu) * 1e6 / static_cast<double>(count)};
}

// Units that nobody waits for until a window of them is on its way: what the writer itself costs.
std::vector<std::string> fill(store::Store& store, std::uint64_t resources, Rate& rate) {
  constexpr std::uint64_t window = 1024;
  const model::Document document = model::Document::trusted(document_text);
  std::vector<std::string> ids;
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t under_way = 0;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  for (std::uint64_t i = 0; i < resources; ++i) {
    auto unit = one_create(document);
    if (i % (resources / 1000 + 1) == 0) ids.push_back(std::get<store::Create>(unit.writes[0]).key.id);
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < window; });
      ++under_way;
    }
    store.commit(std::move(unit), [&](const store::CommitResult& result) {
      BACKPLANE_ASSERT(result.has_value());
      const std::lock_guard lock(mutex);
      --under_way;
      if (under_way == window / 2 || under_way == 0) changed.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
  rate = {static_cast<double>(resources) / seconds_since(start), (cpu_seconds() - cpu) * 1e6 / static_cast<double>(resources)};
  return ids;
}

Rate store_gets(store::Store& store, const std::vector<std::string>& ids, double seconds) {
  std::minstd_rand random(1);
  std::uint64_t count = 0;
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  for (; (count & 63u) != 0 || seconds_since(start) < seconds; ++count)
    BACKPLANE_ASSERT(store.get({"acme", "note", ids[random() % ids.size()]}).has_value());
  return {static_cast<double>(count) / seconds_since(start), (cpu_seconds() - cpu) * 1e6 / static_cast<double>(count)};
}

struct Costs {
  Rate one, many, get, fill;
};

Costs measure(const std::filesystem::path& path, std::uint64_t resources, double seconds) {
  remove_database(path);
  auto store = open_store(path);
  Costs costs;
  const std::vector<std::string> ids = fill(*store, resources, costs.fill);
  std::printf("\n%llu resources, sync %.0f us\n", static_cast<unsigned long long>(resources), probe_sync(path.parent_path()));
  print("pipelined creates that filled it", costs.fill);
  costs.get = store_gets(*store, ids, seconds);
  print("get, one thread", costs.get);
  costs.one = store_creates(*store, 1, seconds);
  print("create, 1 committer", costs.one);
  const auto before = store->figures();
  costs.many = store_creates(*store, 64, seconds);
  print("create, 64 committers", costs.many);
  const auto after = store->figures();
  std::printf("%-58s %10.1f\n", "units in a batch", static_cast<double>(after.commits - before.commits) /
                                                       static_cast<double>(after.batches - before.batches));
  store->close();
  remove_database(path);
  return costs;
}

}  // namespace

int main(int argc, char** argv) {
  base::set_log(base::LogLevel::warning, base::LogFormat::text);
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  const std::uint64_t large = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  const std::filesystem::path directory = argc > 3 ? argv[3] : std::filesystem::temp_directory_path();
  const std::filesystem::path path = directory / ("bench_store_" + std::to_string(getpid()) + ".db");

  std::printf("document of %zu bytes, sync %.0f us\n", document_text.size(), probe_sync(directory));
  const Rate raw_one = raw_creates(path, 1, seconds);
  print("SQLite, 1 row in a transaction", raw_one);
  const Rate raw_many = raw_creates(path, 64, seconds);
  print("SQLite, 64 rows in a transaction", raw_many);
  const Costs small = measure(path, 1000, seconds);
  std::printf("%-58s %10.2f\n", "create, 1 committer : SQLite, 1 row", small.one.per_second / raw_one.per_second);
  std::printf("%-58s %10.2f\n", "create, 64 committers : SQLite, 64 rows", small.many.per_second / raw_many.per_second);
  if (large == 0) return 0;
  const Costs big = measure(path, large, seconds);
  std::printf("%-58s %10.2f\n", "time of a get, large : 1000", small.get.per_second / big.get.per_second);
  std::printf("%-58s %10.2f\n", "time of a create, 64 committers, large : 1000", small.many.per_second / big.many.per_second);
  std::printf("%-58s %10.2f\n", "CPU of a create, 64 committers, large : 1000", big.many.cpu_micros / small.many.cpu_micros);
  return 0;
}
