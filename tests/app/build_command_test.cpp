#include "app/build_command.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <vector>

#include "base/guarded.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using backplane::app::BuildCommand;
using backplane::app::BuildEnd;
using backplane::app::BuildPlan;
using backplane::app::RunningBuild;
using backplane::base::Guarded;
using backplane::base::Result;
using backplane::tests::content_of;
using backplane::tests::eventually;
using backplane::tests::Gate;
using backplane::tests::TemporaryDirectory;
using std::chrono::milliseconds;

namespace {

// A build command in a folder of its own, and what it told.
struct Build {
  explicit Build(const std::string& text, RunningBuild on_request = RunningBuild::is_cut_off,
                 milliseconds grace = milliseconds(20'000))
      : gate(folder / "gate") {
    start({text, folder.path(), on_request, grace});
  }

  void start(BuildPlan plan) {
    auto made = BuildCommand::make(
        std::move(plan),
        {[this](std::string_view line) { told_lines.with([&](auto& all) { all.emplace_back(line); }); },
         [this](const Result<BuildEnd>& end) { told_ends.with([&](auto& all) { all.push_back(end); }); }});
    REQUIRE(made);
    command = std::move(*made);
  }

  std::vector<std::string> lines() const {
    return told_lines.with([](const auto& all) { return all; });
  }
  std::vector<Result<BuildEnd>> ends() const {
    return told_ends.with([](const auto& all) { return all; });
  }
  bool said(const std::string& line) const {
    return eventually([&] {
      const auto all = lines();
      return std::find(all.begin(), all.end(), line) != all.end();
    });
  }
  bool ended(std::size_t times) const {
    return eventually([&] { return ends().size() >= times; });
  }
  // Of the only build so far.
  BuildEnd run() {
    command->request();
    REQUIRE(ended(1));
    REQUIRE(ends()[0]);
    return *ends()[0];
  }

  TemporaryDirectory folder;
  Gate gate;
  Guarded<std::vector<std::string>> told_lines;
  Guarded<std::vector<Result<BuildEnd>>> told_ends;
  std::unique_ptr<BuildCommand> command;
};

bool is_gone(const std::string& process) {
  return eventually([&] {
    // Whoever adopts it may be slow to reap it.
    const std::string state = content_of("/proc/" + process + "/stat");
    return state.empty() || state.find(") Z ") != std::string::npos;
  });
}

}  // namespace

TEST_CASE("A build's output is told line by line, from both streams, with its exit status and time") {
  Build build("echo one; echo two >&2; printf 'windows\\r\\n\\nthe rest'; exit 3");
  const BuildEnd end = build.run();
  CHECK(end.how == BuildEnd::How::exited);
  CHECK(end.status == 3);
  CHECK_FALSE(end.succeeded());
  CHECK(end.took < milliseconds(20'000));
  CHECK(build.lines() == std::vector<std::string>{"one", "two", "windows", "", "the rest"});
}

TEST_CASE("A build runs in its folder, without input, and succeeds by exit status 0") {
  Build build("cat; pwd -P");
  CHECK(build.run().succeeded());
  CHECK(build.lines() == std::vector<std::string>{fs::canonical(build.folder.path()).string()});
}

TEST_CASE("Lines are told while the build goes on") {
  Build build("echo begun; cat gate; echo over");
  build.command->request();
  CHECK(build.said("begun"));
  CHECK(build.ends().empty());
  build.gate.open();
  CHECK(build.said("over"));
}

TEST_CASE("Much output arrives whole") {
  Build build("seq 100000");
  CHECK(build.run().succeeded());
  const auto lines = build.lines();
  REQUIRE(lines.size() == 100'000);
  CHECK(lines.back() == "100000");
}

TEST_CASE("A line without an end is told in pieces") {
  Build build("head -c 200000 /dev/zero | tr '\\0' x");
  CHECK(build.run().succeeded());
  std::string whole;
  for (const std::string& piece : build.lines()) whole += piece;
  CHECK(whole == std::string(200'000, 'x'));
  CHECK(build.lines().size() > 1);
}

TEST_CASE("A build that a signal ends says which") {
  Build build("kill -SEGV $$");
  const BuildEnd end = build.run();
  CHECK(end.how == BuildEnd::How::killed);
  CHECK(end.status == SIGSEGV);
}

TEST_CASE("A command that cannot be started says why, and may be asked for again") {
  Build build("true");
  build.start({"true", build.folder / "nowhere"});
  build.command->request();
  REQUIRE(build.ended(1));
  REQUIRE_FALSE(build.ends()[0]);
  CHECK(build.ends()[0].error().message == "build command \"true\" in " + (build.folder / "nowhere").string() +
                                               ": wanted to start it, found: No such file or directory");
  fs::create_directory(build.folder / "nowhere");
  build.command->request();
  REQUIRE(build.ended(2));
  CHECK(build.ends()[1]);
}

TEST_CASE("A newer request cuts the build off, with all that it started, and builds anew") {
  Build build("test -e second && exec echo second; sh -c 'echo $$ > child; echo begun; cat gate' & wait; echo never");
  build.command->request();
  REQUIRE(build.said("begun"));
  const std::string child = content_of(build.folder / "child");
  build.folder.write("second", "");
  build.command->request();
  REQUIRE(build.ended(2));
  CHECK(build.ends()[0]->how == BuildEnd::How::cut_off);
  CHECK(build.ends()[1]->succeeded());
  CHECK(build.lines() == std::vector<std::string>{"begun", "second"});
  CHECK(is_gone(child.substr(0, child.find('\n'))));
}

TEST_CASE("A build that does not heed SIGTERM is killed after the grace") {
  Build build("test -e second && exit 0; trap '' TERM; echo begun; while :; do cat gate; done",
              RunningBuild::is_cut_off, milliseconds(30));
  build.command->request();
  REQUIRE(build.said("begun"));
  build.folder.write("second", "");
  build.command->request();
  REQUIRE(build.ended(2));
  CHECK(build.ends()[0]->how == BuildEnd::How::cut_off);
  CHECK(build.ends()[0]->took >= milliseconds(30));
  CHECK(build.ends()[1]->succeeded());
}

TEST_CASE("A build that is cut off may clean up within the grace") {
  // Without children: a shell may lose the signal for one that it is about to start.
  Build build("test -e second && exit 0; trap 'echo cleaned up; exit' TERM; echo begun; while :; do :; done");
  build.command->request();
  REQUIRE(build.said("begun"));
  build.folder.write("second", "");
  build.command->request();
  REQUIRE(build.ended(2));
  CHECK(build.said("cleaned up"));
  CHECK(build.ends()[0]->how == BuildEnd::How::cut_off);
}

TEST_CASE("Where a build goes on, any number of requests meanwhile are one more build after it") {
  Build build("echo begun; cat gate > /dev/null; cat source; echo", RunningBuild::goes_on);
  build.folder.write("source", "first");
  build.command->request();
  REQUIRE(build.said("begun"));
  for (const char* const content : {"second", "third", "last"}) {
    build.folder.write("source", content);
    build.command->request();
  }
  CHECK(build.gate.open_until([&] { return build.ends().size() == 2; }));
  CHECK(build.lines() == std::vector<std::string>{"begun", "last", "begun", "last"});
}

TEST_CASE("Builds are never two at once, however many are asked for") {
  // A folder can be made once: a second build beside the first would fail.
  Build build("mkdir alone || exit 9; for i in 1 2 3 4 5 6 7 8 9; do : > $i; done; rmdir alone", RunningBuild::goes_on);
  for (std::size_t i = 1; i <= 10; ++i) {
    for (int requests = 0; requests < 5; ++requests) build.command->request();
    REQUIRE(build.ended(i));
  }
  for (const auto& end : build.ends()) CHECK(end->succeeded());
}

TEST_CASE("What a build leaves running ends with it") {
  Build build("cat gate & echo $!", RunningBuild::is_cut_off, milliseconds(20'000));
  CHECK(build.run().succeeded());
  REQUIRE(build.lines().size() == 1);
  CHECK(is_gone(build.lines()[0]));
}

TEST_CASE("Destroying the command cuts the build off, and tells so before it returns") {
  Build build("echo $$; cat gate");
  build.command->request();
  REQUIRE(eventually([&] { return build.lines().size() == 1; }));
  build.command.reset();
  REQUIRE(build.ends().size() == 1);
  CHECK(build.ends()[0]->how == BuildEnd::How::cut_off);
  CHECK(is_gone(build.lines()[0]));
}

TEST_CASE("A command that was never asked for builds nothing") {
  Build build("echo built");
  build.command.reset();
  CHECK(build.ends().empty());
  CHECK(build.lines().empty());
}
