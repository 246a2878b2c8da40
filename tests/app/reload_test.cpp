// What a reload does, and that whatever fails leaves the plugin with the generation that it had.
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

using namespace std::chrono_literals;
using app::PluginReload;
using Outcome = app::PluginReload::Outcome;

const std::string brief = "reload: { drain: 300ms, stop: 300ms }";

std::vector<std::string> names_of(const std::vector<app::SwitchStep>& steps) {
  std::vector<std::string> names;
  for (const app::SwitchStep& step : steps) names.push_back(step.name);
  return names;
}

}  // namespace

TEST_CASE("a changed file is loaded, and the state goes on") {
  ReloadRig rig("v1");
  CHECK(
      rig.create() ==
      base::Json::parse(
          R"({"build":"v1","counts":{"before":1,"on_success":0,"sync":0,"background":0,"durable":0,"more":0,"loads":0}})"));
  rig.install("v2");
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  REQUIRE(report.plugins.size() == 1);
  const PluginReload& one = report.plugins.front();
  CHECK(one.change == "changed");
  CHECK(one.reasons == std::vector<std::string>{"file"});
  CHECK(one.outcome == Outcome::done);
  CHECK((one.before == 1 && one.after == 2));
  CHECK(names_of(one.course.steps) ==
        std::vector<std::string>{"durable", "drain", "stop", "save", "load", "start", "publish", "keep", "destroy"});
  const auto note = rig.create();
  CHECK(note["build"] == "v2");
  CHECK(note["counts"]["before"] == 2);
  CHECK(note["counts"]["on_success"] == 1);
  CHECK(note["counts"]["loads"] == 1);
  const auto lines = rig.recorded();
  CHECK(lines == std::vector<std::string>{"create v1", "start v1", "create v2", "stop v1", "save v1", "load v2 1",
                                          "start v2", "destroy v1"});
}

TEST_CASE("a plugin that was built with the headers of 1.0 as they were released is loaded, called and reloaded") {
  ReloadRig rig("abi_1_0");
  CHECK(rig.create()["build"] == "abi_1_0");
  rig.install("v1");
  REQUIRE_FALSE(rig.reload().error);
  rig.install("abi_1_0");
  REQUIRE_FALSE(rig.reload().error);
  const auto note = rig.create();
  CHECK(note["build"] == "abi_1_0");
  CHECK(note["counts"]["before"] == 2);
  CHECK(note["counts"]["on_success"] == 1);
}

TEST_CASE("a file that was touched and is the same is no reload") {
  ReloadRig rig("v1");
  rig.install("v1");
  CHECK(rig.reload().is_unchanged());
  CHECK(rig.times_recorded("create v1") == 1);
}

TEST_CASE("a plugin that somebody asks to reload is loaded anew, even where nothing differs") {
  ReloadRig rig("v1");
  const app::ReloadReport report = rig.reload_plugin();
  REQUIRE_FALSE(report.error);
  CHECK(report.plugins.at(0).reasons == std::vector<std::string>{"asked"});
  CHECK(rig.times_recorded("create v1") == 2);
  CHECK(rig.host().reload({.what = app::ReloadRequest::What::plugin, .plugin = "nobody"}).error->code ==
        base::Code::not_found);
}

TEST_CASE("a plan tells what a reload would do, and does nothing") {
  ReloadRig rig("v1");
  rig.install("v2");
  const app::ReloadReport plan = rig.host().reload({.is_plan = true});
  REQUIRE(plan.plugins.size() == 1);
  CHECK(plan.plugins[0].outcome == Outcome::planned);
  CHECK(app::to_json(plan, true)["outcome"] == "planned");
  CHECK(rig.build() == "v1");
}

TEST_CASE("a build that fails at any step leaves the old generation serving, with its counts") {
  struct Case {
    const char* build;
    const char* step;
    const char* says;
  };
  const Case cases[] = {
      {"constructor_crashes", "step trial:", "SIGABRT"},
      {"create_fails", "step create:", "no room for another one"},
      {"state_short", "step create:", "wanted the interface backplane.state/1 with save and load"},
      {"state_reserved", "step create:", "wanted 0 in bp_state.reserved, found 7"},
      {"needs_grants", "step grants:", "purge"},
      {"needs_config", "step config:", "must"},
      {"load_fails", "step load:", "the state has no meaning"},
      {"load_throws", "step load:", "the state is from elsewhere"},
      {"load_refuses", "step load:", "wanted a state of schema 1 at most"},
      {"start_fails", "step start:", "the port is taken"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.build);
    ReloadRig rig("v1");
    rig.create();
    rig.publish("e1");
    rig.install(one.build);
    const app::ReloadReport report = rig.reload();
    REQUIRE(report.error);
    CAPTURE(report.error->message);
    CHECK(holds(report.error->message, one.step));
    CHECK(holds(report.error->message, one.says));
    CHECK(report.error->plugin == "counting");
    CHECK(holds(rig.host().plugins(), "\"reload_error\""));
    const auto note = rig.create();
    CHECK(note["build"] == "v1");
    CHECK(note["counts"]["before"] == 2);
    rig.publish("e2");
    CHECK(eventually(
        [&] { return rig.times_recorded("v1 durable e2") == 1 && rig.times_recorded("v1 background e2") == 1; }));
    // And a good one is taken after it.
    rig.install("v2");
    REQUIRE_FALSE(rig.reload().error);
    CHECK(rig.create()["counts"]["before"] == 3);
    CHECK_FALSE(holds(rig.host().plugins(), "\"reload_error\""));
  }
}

TEST_CASE("an old generation that cannot hand over goes on") {
  struct Case {
    const char* build;
    const char* step;
    const char* says;
  };
  const Case cases[] = {
      {"stop_fails", "step stop:", "the socket does not close"},
      {"save_fails", "step save:", "the counts are not in order"},
      {"save_huge", "step save:", "reload.max_state"},
      {"save_nothing", "step save:", "wanted one call of receive, found 0"},
      {"save_twice", "step save:", "wanted one call of receive, found 2"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.build);
    ReloadRig rig(one.build);
    rig.create();
    rig.install("v2");
    const app::ReloadReport report = rig.reload();
    REQUIRE(report.error);
    CAPTURE(report.error->message);
    CHECK(holds(report.error->message, one.step));
    CHECK(holds(report.error->message, one.says));
    CHECK(holds(report.error->message, "generation 1 goes on"));
    const auto note = rig.create();
    CHECK(note["build"] == one.build);
    CHECK(note["counts"]["before"] == 2);
  }
}

TEST_CASE("a new generation that hangs while it takes over costs reload.stop, and the old one goes on") {
  SECTION("in load") {
    ReloadRig rig("v1", brief);
    rig.install("load_hangs");
    const app::ReloadReport report = rig.reload();
    CHECK(holds(report.error->message, "step load: did not return within 300ms"));
    CHECK(rig.build() == "v1");
    rig.gate().open_until([&] { return rig.times_recorded("load released") == 1; });
  }
  SECTION("in start") {
    ReloadRig rig("v1", brief);
    rig.install("start_hangs");
    const app::ReloadReport report = rig.reload();
    CHECK(holds(report.error->message, "step start: did not return within 300ms"));
    CHECK(rig.build() == "v1");
    rig.gate().open_until([&] { return rig.times_recorded("start released") == 1; });
  }
}

TEST_CASE("an old generation that does not start again is not called any more, and a reload brings the plugin back") {
  ReloadRig rig("start_again_fails");
  rig.install("start_fails");
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(holds(report.error->message, "did not start again"));
  CHECK(rig.run(create_request("{}")).answer.error().code == base::Code::unavailable);
  rig.install("v2");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

TEST_CASE("a library that is cut off anywhere is refused") {
  ReloadRig rig("v1");
  std::ifstream file(fixture("counting_v2"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  for (std::size_t percent = 0; percent < 100; ++percent) {
    CAPTURE(percent);
    rig.install_bytes(std::string_view(whole).substr(0, whole.size() * percent / 100));
    REQUIRE(rig.reload().error);
  }
  CHECK(rig.build() == "v1");
  rig.install("v2");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

TEST_CASE("a library that is overwritten in place, deleted, or made unreadable leaves what is loaded alone") {
  ReloadRig rig("v1");
  SECTION("overwritten in place") {
    std::ofstream(rig.library(), std::ios::binary | std::ios::in) << std::string(4096, '\0');
    CHECK(holds(rig.reload().error->message, "step file:"));
  }
  SECTION("deleted") {
    std::filesystem::remove(rig.library());
    CHECK(rig.reload().error);
  }
  SECTION("a folder in its place") {
    std::filesystem::remove(rig.library());
    std::filesystem::create_directory(rig.library());
    CHECK(rig.reload().error);
    std::filesystem::remove(rig.library());
  }
  SECTION("another library of the host's own machine that is no plugin") {
    std::filesystem::copy_file(fixture("no_entry"), rig.library(), std::filesystem::copy_options::overwrite_existing);
    CHECK(rig.reload().error);
  }
  SECTION("built with unique symbols") {
    std::filesystem::copy_file(fixture("unique_symbols"), rig.library(),
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(holds(rig.reload().error->message, "STB_GNU_UNIQUE"));
  }
  CHECK(rig.build() == "v1");
  rig.install("v2");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

TEST_CASE("a hook that does not return within reload.drain ends the reload, not the hook") {
  ReloadRig rig("v1", brief);
  auto slow = std::async(std::launch::async, [&] { return rig.run(create_request(R"({"wait":true})")); });
  REQUIRE(eventually([&] { return rig.times_recorded("blocked v1") == 1; }));
  rig.install("v2");
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(holds(report.error->message,
              "step drain: 1 operations or events were still inside after 300ms (reload.drain); generation 1 goes on"));
  CHECK(rig.build() == "v1");
  rig.gate().open();
  CHECK(slow.get().answer);
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.create()["counts"]["before"] == 3);
}

TEST_CASE("operations that come while the gate is closed wait, and are handled by the new generation") {
  ReloadRig rig("v1");
  auto slow = std::async(std::launch::async, [&] { return rig.run(create_request(R"({"wait":true})")); });
  REQUIRE(eventually([&] { return rig.times_recorded("blocked v1") == 1; }));
  rig.install("v2");
  auto reloading = std::async(std::launch::async, [&] { return rig.reload(); });
  REQUIRE(eventually([&] { return holds(rig.host().plugins(), "\"reloading\""); }));
  std::vector<std::future<operation::Outcome>> waiting;
  for (int i = 0; i < 8; ++i)
    waiting.push_back(std::async(std::launch::async, [&] { return rig.run(create_request("{}")); }));
  rig.gate().open_until([&] { return slow.wait_for(0s) == std::future_status::ready; });
  REQUIRE_FALSE(reloading.get().error);
  std::vector<std::uint64_t> counts;
  for (auto& one : waiting) {
    const auto outcome = one.get();
    REQUIRE(outcome.answer);
    counts.push_back(base::Json::parse(outcome.answer->body)["data"]["counts"]["before"].get<std::uint64_t>());
  }
  std::sort(counts.begin(), counts.end());
  CHECK(counts == std::vector<std::uint64_t>{2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(rig.build() == "v2");
}

TEST_CASE("operations that a plugin's own handlers ask for see the generation that asks") {
  ReloadRig rig("v1");
  auto nested = std::async(std::launch::async, [&] { return rig.run(create_request(R"({"wait":true,"nest":3})")); });
  REQUIRE(eventually([&] { return rig.times_recorded("blocked v1") == 1; }));
  rig.install("v2");
  auto reloading = std::async(std::launch::async, [&] { return rig.reload(); });
  REQUIRE(eventually([&] { return holds(rig.host().plugins(), "\"reloading\""); }));
  rig.gate().open_until([&] { return nested.wait_for(0s) == std::future_status::ready; });
  const auto outcome = nested.get();
  REQUIRE(outcome.answer);
  CHECK(base::Json::parse(outcome.answer->body)["data"]["build"] == "v1");
  REQUIRE_FALSE(reloading.get().error);
  CHECK(rig.times_recorded("nested 0") == 3);
  CHECK(rig.create()["counts"]["before"] == 5);
  for (const std::string& line : rig.recorded()) CHECK_FALSE(holds(line, "mixed"));
}

TEST_CASE("hooks and subscriptions that a build adds or leaves out are there or gone after its reload") {
  ReloadRig rig("v1");
  rig.install("more");
  REQUIRE_FALSE(rig.reload().error);
  rig.create();
  CHECK(rig.create()["counts"]["more"] == 1);
  rig.install("fewer");
  REQUIRE_FALSE(rig.reload().error);
  const auto before = rig.create()["counts"];
  rig.publish("e1");
  REQUIRE(eventually([&] { return rig.times_recorded("fewer durable e1") == 1; }));
  const auto after = rig.create()["counts"];
  CHECK(after["more"] == before["more"]);
  CHECK(after["on_success"] == before["on_success"]);
  CHECK(after["background"] == 0);
  CHECK(after["sync"] == 1);
}

TEST_CASE("builds that may overlap close no gate for those inside") {
  ReloadRig rig("overlap_1");
  auto slow = std::async(std::launch::async, [&] { return rig.run(create_request(R"({"wait":true})")); });
  REQUIRE(eventually([&] { return rig.times_recorded("blocked overlap_1") == 1; }));
  rig.install("overlap_2");
  auto reloading = std::async(std::launch::async, [&] { return rig.reload(); });
  REQUIRE(eventually([&] { return rig.build() == "overlap_2"; }));
  CHECK(rig.times_recorded("stop overlap_1") == 0);
  rig.gate().open_until([&] { return slow.wait_for(0s) == std::future_status::ready; });
  CHECK(base::Json::parse(slow.get().answer->body)["data"]["build"] == "overlap_1");
  REQUIRE_FALSE(reloading.get().error);
  CHECK(rig.times_recorded("destroy overlap_1") == 1);
}

TEST_CASE("a generation's code is parked, or closed where the plugin says so") {
  const auto mapped = [] {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) count += holds(line, "counting.") && holds(line, "r-xp") ? 1 : 0;
    return count;
  };
  ReloadRig rig("v1", "reload: { max_parked: 2 }");
  const std::size_t before = mapped();  // other tests left some
  REQUIRE_FALSE(rig.reload_plugin().error);
  CHECK(mapped() == before + 1);
  CHECK(base::Json::parse(rig.host().plugins())[0]["parked"].size() == 1);
  rig.install("close");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(mapped() == before + 2);
  // No room for another one that stays: what closes goes on being reloaded.
  const auto closed = rig.reload_plugin();
  REQUIRE_FALSE(closed.error);
  CHECK(closed.plugins.at(0).course.old_code == "closed");
  rig.install("v1");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(mapped() == before + 2);
  const auto refused = rig.reload_plugin();
  REQUIRE(refused.error);
  CHECK(holds(refused.error->message, "reload.max_parked"));
}

TEST_CASE("code that is closed is gone") {
  ReloadRig rig("close");
  for (int i = 0; i < 20; ++i) {
    const auto report = rig.reload_plugin();
    REQUIRE_FALSE(report.error);
    CHECK(report.plugins[0].course.old_code == "closed");
  }
}

TEST_CASE("a thread of the plugin's own that never rests holds up no reload of it") {
  ReloadRig rig("v1");
  rig.write_manifest("", "",
                     "  - id: busy\n    library: " + fixture("busy_thread").string() +
                         "\n    grants: { resources: { note: [create] }, hooks: { note: [create] }, publish: [\"busy.*\"], subscribe: "
                         "[\"busy.*\"] }\n");
  REQUIRE_FALSE(rig.reload().error);
  for (int i = 0; i < 20; ++i) {
    const auto report = rig.host().reload({.what = app::ReloadRequest::What::plugin, .plugin = "busy"});
    if (report.error) FAIL(report.error->message);
  }
}

TEST_CASE("the state is there again after a restart, and a damaged one is said so") {
  ReloadRig rig("v1");
  rig.create();
  rig.restart();
  CHECK(rig.create()["counts"]["before"] == 2);
}

}  // namespace backplane::tests
