// A handler that does not return costs its own operation and no other.
#include <future>

#include "operation/rig.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using base::Code;
using model::Action;

TEST_CASE("a handler that never returns fails its operation with its plugin's name, and the others go on") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({{.fixture = "handler_blocks", .config = rig.recording(gate.member()),
             .adjust = [](manifest::PluginSettings& entry) { entry.deadline = 50ms; }}});
  const base::Error error = error_of(rig.create("n1", "{}"));
  CHECK(error.code == Code::timeout);
  CHECK(error.plugin == "handler-blocks");
  CHECK(error_of(rig.get("n1")).code == Code::not_found);

  // Its thread is still in the handler; what it does when it comes back reaches nobody.
  CHECK(rig.registry().instances().front()->stuck_threads() == 1);
  gate.open();
  CHECK(eventually([&] { return rig.registry().instances().front()->stuck_threads() == 0; }));
  const auto lines = rig.recorded();
  REQUIRE(lines.size() == 2);
  CHECK(lines.back() == "released " + std::to_string(static_cast<int>(Code::cancelled)));
}

TEST_CASE("where one handler among others never returns and its faults are ignored, the others run once each, in order") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  const auto ignored = [](manifest::PluginSettings& entry) {
    entry.deadline = 50ms;
    entry.on_fault = manifest::OnFault::ignore;
  };
  rig.load({{.fixture = "scripted", .config = rig.recording()},
            {.fixture = "handler_blocks", .config = rig.recording(gate.member()), .adjust = ignored},
            {.fixture = "good", .config = rig.recording()}});
  CHECK(body_of(rig.create("n1", R"({"do":"merge"})"))["data"] == base::Json{{"do", "merge"}, {"patched", true}});
  CHECK(rig.recorded() == std::vector<std::string>{"create", "start", "merge 0", "blocked", "handle before create note n1",
                                                   "handle on_success create note n1", "handle after create note n1"});
  gate.open();
  CHECK(eventually([&] { return rig.registry().instances()[1]->stuck_threads() == 0; }));
}

TEST_CASE("a destructor of a thread_local variable calls the host as the thread itself did") {
  Rig rig;
  rig.load({{.fixture = "thread_ends", .config = rig.recording(), .adjust = [](manifest::PluginSettings& entry) {
               entry.grants.resources["task"] = {Action::create};
             }}});
  REQUIRE(rig.create("n1", "{}").answer);
  CHECK(rig.recorded() == std::vector<std::string>{"thread create 0", "thread again 7: task/from-a-thread exists", "destructor create 0",
                                                   "destructor again 7: task/from-a-destructor exists"});
}

TEST_CASE("a plugin that breaks again and again is quarantined, and its operations fail at once") {
  Rig rig;
  rig.load({{.fixture = "handler_throws"}});
  for (int i = 0; i < plugin::Breaker::most_faults; ++i) CHECK(error_of(rig.create("", "{}")).code == Code::plugin_fault);
  const base::Error error = error_of(rig.create("", "{}"));
  CHECK(error.code == Code::unavailable);
  CHECK(error.plugin == "handler-throws");
}

TEST_CASE("a handler that is held up by another plugin's handler is not the one to be quarantined") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({{.fixture = "nests",
             .adjust = [](manifest::PluginSettings& entry) {
               entry.deadline = 60ms;
               entry.grants.resources["task"] = Action::create;
             }},
            {.fixture = "handler_blocks", .config = rig.recording(gate.member()),
             .adjust = [](manifest::PluginSettings& entry) { entry.deadline = 30ms; }}});
  for (int i = 0; i < plugin::Breaker::most_faults; ++i) CHECK(error_of(rig.create("", "{}")).code == Code::timeout);
  CHECK_FALSE(rig.registry().instances().front()->breaker.is_open());
  CHECK(rig.registry().instances().back()->breaker.is_open());
  gate.open();
  CHECK(eventually([&] { return rig.registry().instances().back()->stuck_threads() == 0; }));
}

TEST_CASE("arguments that are out of order are refused, each with a status, and the host lives") {
  Rig rig;
  rig.load({{.fixture = "handler_bad_arguments", .config = rig.recording(),
             .adjust = [](manifest::PluginSettings& entry) { entry.grants.resources["*"] = model::actions::full; }}});
  static_cast<void>(rig.create("n1", R"({"title":"x"})"));
  const auto lines = rig.recorded();
  CHECK(lines.size() > 10);
  for (const std::string& line : lines) {
    INFO(line);
    CHECK_FALSE(line.ends_with(" 0"));
    if (line.find(" with ") != std::string::npos) CHECK(line.ends_with(") 2"));
  }
}

TEST_CASE("calls that come after their handler returned, or from another thread, are refused") {
  Rig rig;
  rig.load({{.fixture = "late_calls", .config = rig.recording()}});
  static_cast<void>(rig.create("n1", "{}"));
  static_cast<void>(rig.create("n2", "{}"));
  const auto lines = rig.recorded();
  CHECK_FALSE(lines.empty());
  for (const std::string& line : lines) CHECK_FALSE(line.ends_with(" 0"));
}

TEST_CASE("a hook with a wrong struct_size or types that are not there is refused") {
  Rig rig;
  rig.load({{.fixture = "hook_lying_size", .config = rig.recording()}});
  CHECK(rig.create("n1", "{}").answer);
  const auto lines = rig.recorded();
  for (const char* const line : {"size 0 2", "size 4 2", "size 4294967295 2", "types NULL 2", "types 2^60 10"})
    CHECK(std::ranges::count(lines, line) == 1);
}

TEST_CASE("a struct of a later header is taken when its new members are 0, and is unsupported when they are not") {
  Rig rig;
  rig.load({{.fixture = "hook_lying_size", .config = rig.recording()}});
  const auto lines = rig.recorded();
  CHECK(std::ranges::count(lines, "tail 0 0") == 1);
  CHECK(std::ranges::count(lines, "tail 1 17") == 1);
}
