// Reloads while handlers of events are inside: of the plugin that handles, and of one that its handlers reach.
#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

// A machine may be slow: a handler that blocks is not to be given up meanwhile.
const std::string patient = "operations: { budget: 20s }\n";

// An entry for the fixture `subscriber`, which does this with each event counted.*, and records "one ..." before.
std::string listener(const ReloadRig& rig, const std::string& mode, const std::string& what) {
  const std::string record = (rig.data_dir().parent_path() / "record").string();
  return "  - id: listener\n    library: " + fixture("subscriber").string() + "\n    config: {\"record\":\"" + record +
         "\"," + rig.gate().member() + ",\"subscriptions\":[{\"name\":\"one\",\"pattern\":\"counted.>\",\"mode\":\"" +
         mode + "\",\"do\":\"" + what +
         "\"}]}\n    deadline: 20s\n    grants: { resources: { note: [create] }, hooks: { \"*\": [full] }, publish: "
         "[\"*\"], subscribe: "
         "[\"*\"] }\n";
}

std::size_t times_begun(const ReloadRig& rig, std::string_view begin) {
  const auto lines = rig.recorded();
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const auto& line) { return line.starts_with(begin); }));
}

app::ReloadReport reload_listener(ReloadRig& rig) {
  return rig.host().reload({.what = app::ReloadRequest::What::plugin, .plugin = "listener"});
}

}  // namespace

TEST_CASE("a handler of an event that does not return within reload.drain ends the reload, and no event is lost") {
  const auto [mode, step] = GENERATE(table<std::string, std::string>(
      {{"sync", "step drain:"}, {"background", "step drain:"}, {"durable", "step durable:"}}));
  CAPTURE(mode);
  ReloadRig rig("v1");
  rig.write_manifest(patient + "reload: { drain: 300ms }", "", listener(rig, mode, "block"));
  REQUIRE_FALSE(rig.reload().error);
  auto first = std::async(std::launch::async, [&] { rig.publish("e1"); });
  REQUIRE(eventually([&] { return times_begun(rig, "one ") == 1; }));
  const app::ReloadReport report = reload_listener(rig);
  REQUIRE(report.error);
  CAPTURE(report.error->message);
  CHECK(holds(report.error->message, "plugin 'listener': " + step));
  CHECK(holds(report.error->message, "(reload.drain); generation 1 goes on"));
  rig.gate().open();
  first.get();
  REQUIRE(eventually([&] { return !reload_listener(rig).error; }));
  auto second = std::async(std::launch::async, [&] { rig.publish("e2"); });
  REQUIRE(eventually([&] { return times_begun(rig, "one ") == 2; }));
  rig.gate().open();
  second.get();
  REQUIRE(eventually([&] { return !reload_listener(rig).error; }));
  CHECK(times_begun(rig, "one ") == 2);
}

TEST_CASE("a reload waits for a handler of an event, and the new generation handles what comes meanwhile") {
  const std::string mode = GENERATE("sync", "background", "durable");
  CAPTURE(mode);
  ReloadRig rig("v1");
  rig.write_manifest(patient + "reload: { drain: 20s }", "", listener(rig, mode, "block"));
  REQUIRE_FALSE(rig.reload().error);
  auto first = std::async(std::launch::async, [&] { rig.publish("e1"); });
  REQUIRE(eventually([&] { return times_begun(rig, "one ") == 1; }));
  auto reloading = std::async(std::launch::async, [&] { return reload_listener(rig); });
  auto second = std::async(std::launch::async, [&] { rig.publish("e2"); });
  const auto is_done = [](const auto& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  REQUIRE(rig.gate().open_until([&] { return is_done(reloading) && is_done(first) && is_done(second); }));
  const app::ReloadReport report = reloading.get();
  REQUIRE_FALSE(report.error);
  CHECK(report.plugins.at(0).after == 2);
  CHECK(rig.gate().open_until([&] { return times_begun(rig, "one ") == 2; }));
  CHECK(rig.gate().open_until([&] { return !reload_listener(rig).error; }));
  CHECK(times_begun(rig, "one ") == 2);
}

TEST_CASE("operations that a handler of an event asks for are answered while the plugin hooked into them reloads") {
  const std::string mode = GENERATE("sync", "background", "durable");
  CAPTURE(mode);
  constexpr std::size_t rounds = 20;
  ReloadRig rig("v1");
  rig.write_manifest(patient, "", listener(rig, mode, "create"));
  REQUIRE_FALSE(rig.reload().error);
  for (std::size_t i = 0; i < rounds; ++i) {
    auto published = std::async(std::launch::async, [&] { rig.publish("e" + std::to_string(i)); });
    const app::ReloadReport report = rig.reload_plugin();
    published.get();
    REQUIRE_FALSE(report.error);
    REQUIRE(eventually([&] { return times_begun(rig, "created ") == i + 1; }));
    // It always makes the same note.
    operation::Request purge = create_request({});
    purge.action = model::Action::purge;
    purge.id = "made";
    REQUIRE(rig.run(purge).answer);
  }
  CHECK(times_begun(rig, "created 0") == rounds);
  CHECK(rig.create()["counts"]["before"] == rounds + 1);
  CHECK(times_begun(rig, "mixed") == 0);
}

}  // namespace backplane::tests
