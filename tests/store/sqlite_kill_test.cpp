// kill -9 while units are written: BACKPLANE_KILL_ROUNDS rounds, else 20.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <set>
#include <sstream>

#include "store/fresh_sqlite_store.hpp"

namespace backplane::store::testing {
namespace {

struct Child {
  pid_t process = 0;
  int acknowledgements = 0;  // the pipe's end to read from
};

Child start_writer(const std::filesystem::path& database, int round) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string path = database.string(), number = std::to_string(round);
  const pid_t process = fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    execl(BACKPLANE_KILL_WRITER, BACKPLANE_KILL_WRITER, path.c_str(), number.c_str(), nullptr);
    _exit(127);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

// Reads at least `least` bytes, kills the child, and reads what it had still reported.
std::string kill_after(const Child& child, std::size_t least) {
  std::string report;
  char bytes[4096];
  bool killed = false;
  for (;;) {
    if (!killed && report.size() >= least) {
      kill(child.process, SIGKILL);
      killed = true;
    }
    const ssize_t size = read(child.acknowledgements, bytes, sizeof bytes);
    if (size <= 0) break;
    report.append(bytes, static_cast<std::size_t>(size));
  }
  ::close(child.acknowledgements);
  int status = 0;
  waitpid(child.process, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  return report.substr(0, report.rfind('\n') + 1);
}

}  // namespace

TEST_CASE("After kill -9 every acknowledged unit, event and progress is there, and no half unit") {
  const char* const wanted = std::getenv("BACKPLANE_KILL_ROUNDS");
  const int rounds = wanted == nullptr ? 20 : std::atoi(wanted);
  const TemporaryDirectory directory;
  const auto path = directory.path() / "backplane.db";
  std::mt19937 random(static_cast<unsigned>(getpid()));
  std::set<std::string> acknowledged;
  std::uint64_t acknowledged_floor = 0;
  for (int round = 0; round < rounds; ++round) {
    std::istringstream report(kill_after(start_writer(path, round), 1 + random() % 1500));
    for (std::string line; std::getline(report, line);) {
      if (line.starts_with("floor ")) acknowledged_floor = std::stoull(line.substr(6));
      else acknowledged.insert(line);
    }
  }
  REQUIRE(acknowledged.size() >= static_cast<std::size_t>(rounds));

  auto store = open_sqlite({path});
  if (!store) FAIL(store.error().message);
  std::map<std::string, int> parts;
  REQUIRE((*store)->scan("", "note", "", [&](const Scanned& scanned) {
    const std::string& id = scanned.resource.key.id;
    ++parts[id.substr(0, id.rfind('-'))];
    return true;
  }).has_value());
  std::map<std::string, int> events;
  std::uint64_t last = 0, out_of_order = 0;
  REQUIRE((*store)->events().read_events({}, [&](const model::Event& event) {
    ++events[event.id.substr(0, event.id.rfind('-'))];
    out_of_order += event.position <= last;
    last = event.position;
    return true;
  }).has_value());
  std::size_t lost = 0, halves = 0;
  for (const std::string& name : acknowledged) lost += parts.count(name) == 0;
  for (const auto& [name, count] : parts) halves += count != 3 || events[name] != 2;
  CHECK(lost == 0);
  CHECK(halves == 0);
  CHECK(out_of_order == 0);
  CHECK(events.size() == parts.size());
  CHECK((*store)->events().last_position() == last);

  const auto cursors = (*store)->deliveries().cursors();
  REQUIRE(cursors.has_value());
  REQUIRE(cursors->size() == 1);
  CHECK(acknowledged_floor > 0);
  CHECK(cursors->front().floor >= acknowledged_floor);
  const auto exceptions = (*store)->deliveries().exceptions(cursors->front().subscription);
  REQUIRE(exceptions.has_value());
  REQUIRE(exceptions->size() == 1);
  CHECK(exceptions->front().position == cursors->front().floor + 1);
}

}  // namespace backplane::store::testing
