// What a get and a create with its event cost in a large store beside a small one, both in turns. Prints both sides and
// their ratio, in time and in CPU time.
//
//   bench_growth [resources of the large store, 1000000] [events of it, 2000000] [seconds per figure, 3] [directory, the temporary one]
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

constexpr std::size_t small_resources = 1000;

const model::Document& document() {
  static const model::Document text = model::Document::trusted(
      R"({"title":"The quick brown fox jumps over the lazy dog","done":false,"rank":42,"body":")" + std::string(300, 'x') + "\"}");
  return text;
}

model::Event event_about(const std::string& id, base::UtcTime now) {
  model::Event event;
  event.time = now;
  event.id = base::new_uuid(now);
  event.type = "resource.created";
  event.tenant = "acme";
  event.actor = "ann";
  event.source = "host";
  event.key = id;
  event.correlation_id = event.id;
  event.subject = "note/" + id;
  event.payload = model::Document::trusted(R"({"resource":"note","item_id":")" + id + "\"}");
  return event;
}

// So many creates, or nothing but so many events, in one unit; their ids.
enum class Kind { creates, events };
store::UnitOfWork unit_of(Kind kind, std::size_t count, std::vector<std::string>* ids) {
  const base::UtcTime now = base::SystemClock().now();
  store::UnitOfWork unit{"ann", now, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = base::new_uuid(now);
    if (kind == Kind::creates) unit.writes.emplace_back(store::Create{{"acme", "note", id}, model::Status::stable, document()});
    unit.events.push_back(event_about(id, now));
    if (ids != nullptr) ids->push_back(id);
  }
  return unit;
}

void commit(store::Store& store, store::UnitOfWork unit) {
  Answer answer;
  store.commit(std::move(unit), [&](const store::CommitResult& result) {
    BACKPLANE_ASSERT(result.has_value());
    answer.give();
  });
  answer.wait();
}

struct Side {
  std::string name;
  std::filesystem::path path;
  std::unique_ptr<store::Store> store;
  std::vector<std::string> ids;
  Rate get, create;
};

Side fill(std::string name, const std::filesystem::path& path, std::size_t resources, std::size_t events) {
  constexpr std::size_t at_once = 500;
  remove_database(path);
  Side side{std::move(name), path, open_store(path), {}, {}, {}};
  const Stopwatch watch;
  for (std::size_t i = 0; i < resources; i += at_once)
    commit(*side.store, unit_of(Kind::creates, std::min(at_once, resources - i), &side.ids));
  for (std::size_t i = resources; i < events; i += at_once)
    commit(*side.store, unit_of(Kind::events, std::min(at_once, events - i), nullptr));
  std::printf("%s: %zu resources, %llu events, %.0f MB, filled in %.0f s\n", side.name.c_str(), side.ids.size(),
              static_cast<unsigned long long>(side.store->figures().events),
              static_cast<double>(side.store->figures().file_bytes) / 1e6, watch.seconds());
  return side;
}

// Of any resource, one after the other.
Rate gets(const Side& side, double seconds) {
  std::minstd_rand random(1);
  double count = 0;
  const Stopwatch watch;
  while (watch.seconds() < seconds)
    for (int i = 0; i < 64; ++i, ++count)
      BACKPLANE_ASSERT(side.store->get({"acme", "note", side.ids[random() % side.ids.size()]}).has_value());
  return watch.rate(count);
}

// By 64 threads that each wait for the answer.
Rate creates(const Side& side, double seconds) {
  std::atomic<std::uint64_t> count = 0;
  const Stopwatch watch;
  std::vector<std::thread> threads;
  for (int t = 0; t < 64; ++t)
    threads.emplace_back([&] {
      std::uint64_t mine = 0;
      for (; watch.seconds() < seconds; ++mine) commit(*side.store, unit_of(Kind::creates, 1, nullptr));
      count += mine;
    });
  for (std::thread& thread : threads) thread.join();
  return watch.rate(static_cast<double>(count));
}

void add(Rate& mean, Rate rate, int rounds) {
  mean.per_second += rate.per_second / rounds;
  mean.cpu_micros += rate.cpu_micros / rounds;
}

void compare(const char* what, Rate small, Rate large) {
  print((std::string(what) + ", small").c_str(), small);
  print((std::string(what) + ", large").c_str(), large);
  std::printf("%-58s %10.2f    CPU %.2f\n", (std::string(what) + ", large : small").c_str(), small.per_second / large.per_second,
              large.cpu_micros / small.cpu_micros);
}

}  // namespace

int main(int argc, char** argv) {
  base::set_log(base::LogLevel::warning, base::LogFormat::text);
  const std::size_t resources = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::size_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 3;
  const std::filesystem::path directory = argc > 4 ? argv[4] : std::filesystem::temp_directory_path();
  const std::string stem = directory / ("bench_growth_" + std::to_string(getpid()));

  Side small = fill("small", stem + "_small.db", small_resources, small_resources);
  Side large = fill("large", stem + "_large.db", resources, events);
  constexpr int rounds = 5;
  for (Side* const side : {&small, &large}) gets(*side, seconds / rounds);
  for (int round = 0; round < rounds; ++round) {
    for (Side* const side : {&small, &large}) add(side->get, gets(*side, seconds / rounds), rounds);
    for (Side* const side : {&small, &large}) add(side->create, creates(*side, seconds / rounds), rounds);
  }
  compare("get of any resource", small.get, large.get);
  compare("create with its event, 64 committers", small.create, large.create);
  for (Side* const side : {&small, &large}) {
    side->store->close();
    remove_database(side->path);
  }
  return 0;
}
