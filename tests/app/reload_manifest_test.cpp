// What a reload makes of a manifest that changed.
#include <nlohmann/json.hpp>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

// An entry for another build of the plugin, under another id.
std::string second_plugin(const std::string& build) {
  return "  - id: second\n    library: " + fixture("counting_" + build).string() +
         "\n    grants: { hooks: { \"*\": [full] }, subscribe: [\"*\"] }\n";
}

std::vector<std::string> ids_of(const std::string& plugins) {
  std::vector<std::string> ids;
  for (const auto& plugin : base::Json::parse(plugins)) ids.push_back(plugin["id"]);
  return ids;
}

}  // namespace

TEST_CASE("a manifest with problems changes nothing, and all of them are told with their places") {
  ReloadRig rig("v1");
  rig.install("v2");
  rig.write_manifest("drian: 3s\noperations: { max_depth: many }");
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(report.error->code == base::Code::invalid_document);
  REQUIRE(report.problems.size() == 2);
  CHECK(report.problems[0].line == 5);
  CHECK(app::to_json(report, false)["problems"].size() == 2);
  CHECK(rig.build() == "v1");
}

TEST_CASE("a key that needs a restart is told, and nothing is changed") {
  ReloadRig rig("v1");
  rig.install("v2");
  rig.write_manifest("operations: { workers: 9 }");
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(holds(report.error->message, "operations.workers"));
  CHECK(holds(report.error->message, "restart"));
  CHECK(rig.build() == "v1");
}

TEST_CASE("resource types are added, changed and removed") {
  ReloadRig rig("v1");
  auto request = create_request("{}");
  request.type = "task";
  CHECK(rig.run(request).answer.error().code == base::Code::not_found);
  rig.write_manifest("resources: [{ type: note, index: [/title] }, { type: task }]");
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK(report.difference.types.added == std::vector<std::string>{"task"});
  CHECK(rig.run(request).answer);
  CHECK(rig.build() == "v1");
  CHECK(rig.times_recorded("create v1") == 1);
  rig.write_manifest("");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.run(request).answer.error().code == base::Code::not_found);
}

TEST_CASE("limits hold from then on") {
  ReloadRig rig("v1");
  const std::string long_document = "{\"text\":\"" + std::string(2000, 'x') + "\"}";
  CHECK(rig.run(create_request(long_document)).answer);
  rig.write_manifest("operations: { max_document: 1KiB }");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.run(create_request(long_document)).answer.error().code == base::Code::too_large);
  CHECK(rig.times_recorded("create v1") == 1);
}

TEST_CASE("plugins come and go with their entries") {
  ReloadRig rig("v1");
  rig.write_manifest("", "", second_plugin("v2"));
  REQUIRE_FALSE(rig.reload().error);
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"counting", "second"});
  CHECK(rig.build() == "v2");  // the later one has the last word
  rig.write_manifest("");
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK(report.plugins.at(0).change == "removed");
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"counting"});
  CHECK(rig.build() == "v1");
}

TEST_CASE("the order of plugins changes without a new generation") {
  ReloadRig rig("v1");
  rig.write_manifest("", "", second_plugin("v2"));
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
  rig.write_manifest("", "    order: { after: [second] }", second_plugin("v2"));
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK_FALSE(report.difference.moves.empty());
  CHECK(rig.build() == "v1");
}

TEST_CASE("a changed config is a new generation, with the state of the old one") {
  ReloadRig rig("v1");
  rig.create();
  rig.write_manifest("", "    deadline: 3s");
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK(report.plugins.at(0).reasons == std::vector<std::string>{"deadline"});
  CHECK(rig.create()["counts"]["before"] == 2);
}

TEST_CASE("when one of several plugins does not load, none is changed") {
  ReloadRig rig("v1");
  rig.install("v2");
  rig.write_manifest("", "", second_plugin("create_fails"));
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(holds(report.error->message, "plugin 'second': step create:"));
  CHECK(rig.build() == "v1");
}

TEST_CASE("a plugin that is not required and does not load is left out, until a reload finds it good") {
  ReloadRig rig("v1");
  rig.write_manifest("", "", second_plugin("create_fails") + "    required: false\n");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"counting", "second"});
  CHECK(holds(rig.host().plugins(), "\"left_out\""));
  rig.write_manifest("", "", second_plugin("v2") + "    required: false\n");
  REQUIRE_FALSE(rig.reload().error);
  CHECK_FALSE(holds(rig.host().plugins(), "\"left_out\""));
  CHECK(rig.build() == "v2");
}

TEST_CASE("what a reload changed before a plugin failed in it stays changed, and the next one finds only the rest") {
  ReloadRig rig("v1");
  const std::string others = "  - id: first\n    library: " + fixture("counting_v2").string() +
                             "\n    order: { before: [counting] }\n    grants: { hooks: { \"*\": [full] }, subscribe: "
                             "[\"*\"] }\n" + second_plugin("create_fails") + "    required: false\n";
  const std::string all = "reload: { drain: 3s }\nevents: { retries: { attempts: 7 } }\nresources: [{ type: note }, { type: task }]";
  rig.install("start_fails");
  rig.write_manifest(all, "", others);
  const app::ReloadReport failed = rig.reload();
  REQUIRE(failed.error);
  CHECK(holds(failed.error->message, "plugin 'counting': step start:"));
  CHECK(failed.difference.limits.size() == 2);
  auto plugins = base::Json::parse(rig.host().plugins());
  REQUIRE(plugins.size() == 3);
  CHECK((plugins[0]["id"] == "first" && plugins[1]["id"] == "counting" && plugins[2]["id"] == "second"));
  CHECK(plugins[1]["state"] == "running");
  CHECK(plugins[2]["state"] == "left_out");
  CHECK(rig.build() == "v1");

  rig.install("v2");
  const app::ReloadReport done = rig.reload();
  REQUIRE_FALSE(done.error);
  CHECK(done.difference.empty());
  REQUIRE(done.plugins.size() == 2);
  CHECK((done.plugins[0].id == "counting" && done.plugins[0].outcome == app::PluginReload::Outcome::done));
  CHECK(done.plugins[1].reasons == std::vector<std::string>{"it was left out"});
  CHECK(rig.build() == "v2");
}

TEST_CASE("a plugin that was left out stays told of when a reload ends before it reaches it") {
  ReloadRig rig("v1");
  rig.write_manifest("", "", second_plugin("create_fails") + "    required: false\n");
  REQUIRE_FALSE(rig.reload().error);
  rig.install("start_fails");
  rig.write_manifest("", "", second_plugin("v2") + "    required: false\n");
  REQUIRE(rig.reload().error);
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"counting", "second"});
  CHECK(holds(rig.host().plugins(), "\"left_out\""));
}

TEST_CASE("the order of a reload that failed on its way is the order of those that come after it") {
  ReloadRig rig("v1");
  rig.write_manifest("", "", second_plugin("v2"));
  REQUIRE_FALSE(rig.reload().error);
  rig.install("start_fails");
  rig.write_manifest("", "    order: { after: [second] }", second_plugin("v2"));
  REQUIRE(rig.reload().error);
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"second", "counting"});
  rig.install("v3");
  REQUIRE_FALSE(rig.host().reload({.what = app::ReloadRequest::What::files, .files = {rig.library()}}).error);
  CHECK(ids_of(rig.host().plugins()) == std::vector<std::string>{"second", "counting"});
  CHECK(rig.build() == "v3");
}

TEST_CASE("the deadline of all handlers is a new generation of the plugins that have none of their own") {
  ReloadRig rig("v1");
  rig.write_manifest("operations: { deadline: 3s }");
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK(report.plugins.at(0).reasons == std::vector<std::string>{"operations.deadline"});
  rig.write_manifest("operations: { deadline: 3s }", "    deadline: 2s");
  REQUIRE_FALSE(rig.reload().error);
  rig.write_manifest("operations: { deadline: 4s }", "    deadline: 2s");
  CHECK(rig.reload().plugins.empty());
}

}  // namespace backplane::tests
