// Reloads without end, beside callers who never pause.
#include <dirent.h>

#include <atomic>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

constexpr int reloads = BACKPLANE_RELOADS;
constexpr int callers = 4;

std::size_t entries_of(const char* folder) {
  std::size_t count = 0;
  DIR* const directory = opendir(folder);
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

std::size_t lines_with(const char* file, std::string_view part) {
  std::ifstream lines(file);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos ? 1 : 0;
  return count;
}

// What the callers did, and what they were answered.
struct Told {
  std::mutex mutex;
  std::vector<std::uint64_t> counts;  // "before" of each answer
  std::set<std::string> builds;
  std::vector<std::string> refused;
  std::size_t events = 0;
};

void call_until(ReloadRig& rig, int caller, const std::atomic<bool>& done, Told& told) {
  for (int i = 0; !done; ++i) {
    const auto outcome = rig.run(create_request(i % 8 == 0 ? R"({"nest":1})" : "{}"));
    const std::string id = "e" + std::to_string(caller) + "-" + std::to_string(i);
    if (i % 4 == 0) rig.publish(id);
    const std::lock_guard lock(told.mutex);
    if (i % 4 == 0) ++told.events;
    if (!outcome.answer) {
      told.refused.push_back(outcome.answer.error().message);
      continue;
    }
    const auto note = base::Json::parse(outcome.answer->body)["data"];
    told.counts.push_back(note["counts"]["before"].get<std::uint64_t>());
    told.builds.insert(note["build"].get<std::string>());
  }
}

}  // namespace

TEST_CASE("a thousand reloads beside four callers lose nothing, do nothing twice, and leave nothing behind") {
  ReloadRig rig("close");
  // Threads that come with the first of everything.
  rig.publish("first");
  REQUIRE_FALSE(rig.reload_plugin().error);
  const std::size_t files = entries_of("/proc/self/fd");
  const std::size_t mapped = lines_with("/proc/self/maps", "counting.");

  Told told;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) threads.emplace_back([&, i] { call_until(rig, i, done, told); });
  std::vector<std::string> failed;
  for (int i = 0; i < reloads && failed.empty(); ++i) {
    rig.install(i % 2 == 0 ? "close_2" : "close");
    const app::ReloadReport report = rig.reload();
    if (report.error)
      failed.push_back(report.error->message);
    else if (report.plugins.at(0).course.old_code != "closed")
      failed.push_back("the old code is " + report.plugins[0].course.old_code);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failed.empty());
  CHECK(told.refused.empty());
  CHECK(told.builds == std::set<std::string>{"close", "close_2"});

  // Each operation counted once, by one of the generations: those of the callers, and those that handlers asked for.
  const std::size_t nested = rig.times_recorded("nested 0");
  std::sort(told.counts.begin(), told.counts.end());
  CHECK(std::adjacent_find(told.counts.begin(), told.counts.end()) == told.counts.end());
  const auto counts = rig.create()["counts"];
  CHECK(counts["before"] == told.counts.size() + nested + 1);
  CHECK(counts["on_success"] == told.counts.size() + nested);
  CHECK(counts["loads"] == reloads + 1);
  CHECK(counts["sync"] == told.events + 1);
  CHECK(lines_with((rig.data_dir() / "../record").c_str(), "mixed") == 0);

  // Each event once to each subscription; and counted as often as it was handled.
  const auto all_there = [&] {
    const auto now = rig.create()["counts"];
    return now["background"] >= told.events + 1 && now["durable"] >= told.events + 1;
  };
  CHECK(eventually(all_there));
  std::map<std::string, int> handled;
  for (const std::string& line : rig.recorded())
    if (const auto at = line.find(' '); line.starts_with("close") && at != std::string::npos)
      ++handled[line.substr(at + 1)];
  CHECK(handled.size() == 3 * (told.events + 1));
  CHECK(std::all_of(handled.begin(), handled.end(), [](const auto& one) { return one.second == 1; }));

  CHECK(eventually([&] { return entries_of("/proc/self/fd") <= files + 2; }));
  CHECK(lines_with("/proc/self/maps", "counting.") == mapped);
}

}  // namespace backplane::tests
