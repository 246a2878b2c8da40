#include "plugin/trial_load.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <thread>

#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using backplane::base::Code;
using backplane::plugin::trial_load;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;
using namespace std::chrono_literals;

namespace {

const std::filesystem::path probe = BACKPLANE_PROBE;

// What the trial says of one file, after one that is good and before another.
std::string trial_error(const std::filesystem::path& file, std::chrono::milliseconds deadline = 20s) {
  const std::vector<std::filesystem::path> files{fixture("good"), file, fixture("needs_grants")};
  const auto outcomes = trial_load(probe, files, deadline);
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].has_value());
  CHECK(outcomes[2].has_value());
  if (outcomes[1]) return "";
  CHECK(outcomes[1].error().code == Code::plugin_fault);
  return outcomes[1].error().message;
}

// Whether the process runs; one that nobody has reaped yet does not.
bool is_alive(pid_t process) {
  const std::string status = backplane::tests::content_of("/proc/" + std::to_string(process) + "/stat");
  return !status.empty() && status.find(") Z ") == std::string::npos;
}

bool holds(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("good libraries load in the trial, and none of them in this process") {
  const std::vector<std::filesystem::path> files{fixture("good"), fixture("create_throws"), fixture("newer_minor")};
  const auto outcomes = trial_load(probe, files, 20s);
  REQUIRE(outcomes.size() == 3);
  for (const auto& outcome : outcomes) {
    REQUIRE(outcome.has_value());
    CHECK(outcome->count() > 0);
  }
  CHECK(dlopen(files[0].c_str(), RTLD_LAZY | RTLD_NOLOAD) == nullptr);
}

TEST_CASE("no file needs no trial") { CHECK(trial_load("/no/such/probe", {}, 1s).empty()); }

TEST_CASE("a static constructor that crashes is told with its signal") {
  CHECK(holds(trial_error(fixture("constructor_crashes")), "while its static constructors ran: killed by SIGSEGV"));
}

TEST_CASE("a static constructor that throws is told with what it throws") {
  CHECK(holds(trial_error(fixture("constructor_throws")), "no database at start-up"));
}

TEST_CASE("a static constructor that ends the process is told with its exit code and last words") {
  CHECK(trial_error(fixture("constructor_exits")) ==
        "wanted it to load in a trial process, found: while its static constructors ran: ended by exit(3); it wrote: "
        "license expired");
}

TEST_CASE("a static constructor that never returns is ended at the deadline") {
  CHECK(holds(trial_error(fixture("constructor_hangs"), 300ms),
              "while its static constructors ran: still busy after 300 ms"));
}

TEST_CASE("a process that a static constructor leaves behind neither delays the trial nor outlives it") {
  const TemporaryDirectory directory;
  const auto record = directory / "record";
  setenv("BACKPLANE_FIXTURE_RECORD", record.c_str(), 1);
  const std::vector<std::filesystem::path> files{fixture("constructor_forks")};
  const auto outcomes = trial_load(probe, files, 20s);
  unsetenv("BACKPLANE_FIXTURE_RECORD");
  REQUIRE(outcomes[0].has_value());
  const std::string line = backplane::tests::content_of(record);
  REQUIRE(line.starts_with("child "));
  const pid_t child = std::stoi(line.substr(6));
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (is_alive(child) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK_FALSE(is_alive(child));
}

TEST_CASE("an entry that crashes, throws or returns a wild pointer is found") {
  CHECK(holds(trial_error(fixture("entry_crashes")), "while its entry function ran: killed by SIGABRT"));
  CHECK(holds(trial_error(fixture("entry_throws")), "an exception: no table today"));
  CHECK(holds(trial_error(fixture("entry_bad_pointer")), "while its entry function ran: killed by SIGSEGV"));
}

TEST_CASE("what the loader refuses is told in its own words, with advice") {
  CHECK(trial_error(fixture("missing_symbol")) ==
        "wanted it to load in a trial process, found: undefined symbol: nobody_defines_this (the library was linked "
        "without what "
        "defines it; link with -Wl,-z,defs to see this when building)");
  const TemporaryDirectory directory;
  CHECK(holds(trial_error(directory.write("text.so", "no library")), "file too short"));
}

TEST_CASE("every bad library among many is told, each for itself") {
  std::vector<std::filesystem::path> files;
  for (const char* const name : {"constructor_exits", "good", "constructor_crashes", "constructor_throws", "good", "missing_symbol", "entry_crashes"})
    files.push_back(fixture(name));
  const auto outcomes = trial_load(probe, files, 20s);
  REQUIRE(outcomes.size() == files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(files[i]);
    CHECK(outcomes[i].has_value() == (files[i] == fixture("good")));
  }
}

TEST_CASE("a probe that cannot be started or is another program is told for every file") {
  const std::vector<std::filesystem::path> files{fixture("good"), fixture("good")};
  for (const char* const wrong : {"/no/such/probe", "/bin/true"}) {
    const auto outcomes = trial_load(wrong, files, 20s);
    REQUIRE(outcomes.size() == 2);
    for (const auto& outcome : outcomes) {
      REQUIRE_FALSE(outcome.has_value());
      CHECK(outcome.error().code == Code::unavailable);
      CHECK(holds(outcome.error().message, std::string(wrong) + ": wanted the program that tries plugins out"));
    }
  }
}
