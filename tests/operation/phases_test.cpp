// Which handlers run when, and what each outcome of a handler does to the operation.
#include "operation/rig.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using base::Code;
using model::Action;

namespace {

std::vector<std::string> handled(const Rig& rig) {
  std::vector<std::string> calls;
  for (const std::string& line : rig.recorded())
    if (line.starts_with("handle ")) calls.push_back(line.substr(7));
  return calls;
}

}  // namespace

TEST_CASE("a successful operation runs before, on_success and after, once each") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  CHECK(handled(rig) == std::vector<std::string>{"before create note n1", "on_success create note n1", "after create note n1"});
}

TEST_CASE("an operation stopped before its stage runs on_failure and no after") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  CHECK(error_of(rig.update("n1", "{}")).code == Code::not_found);
  CHECK(handled(rig) == std::vector<std::string>{"on_failure update note n1"});
}

TEST_CASE("a document that violates its schema stops the operation at its stage") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  const base::Error error = error_of(rig.create("n1", R"({"title":7})"));
  CHECK(error.code == Code::invalid_document);
  CHECK(error.message.find("/title") != std::string::npos);
  CHECK(handled(rig) == std::vector<std::string>{"before create note n1", "on_failure create note n1", "after create note n1"});
}

TEST_CASE("a patch fires patch and not update") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  operation::Request patch = request(Action::patch, "n1", R"({"title":"two"})");
  patch.patch_format = operation::PatchFormat::merge_patch;
  CHECK(body_of(rig.run(patch))["data"] == base::Json{{"title", "two"}});
  const auto calls = handled(rig);
  CHECK(std::vector<std::string>(calls.begin() + 3, calls.end()) ==
        std::vector<std::string>{"before patch note n1", "on_success patch note n1", "after patch note n1"});
}

TEST_CASE("a rejection reaches the caller with its reason, message, details and plugin, and nothing is written") {
  Rig rig;
  rig.load({{.fixture = "scripted"}});
  const base::Error error = error_of(rig.create("n1", R"({"do":"reject"})"));
  CHECK(error.code == Code::rejected);
  CHECK(error.reason == "scripted");
  CHECK(error.message == "as told");
  CHECK(error.details == R"({"told":true})");
  CHECK(error.plugin == "scripted");
  CHECK(error_of(rig.get("n1")).code == Code::not_found);
}

TEST_CASE("a before handler can replace, patch and merge the document, and set its status") {
  Rig rig;
  rig.load({{.fixture = "scripted"}});
  CHECK(body_of(rig.create("a", R"({"do":"replace"})"))["data"] == base::Json{{"replaced", true}});
  CHECK(body_of(rig.create("b", R"({"do":"patch"})"))["data"] == base::Json{{"do", "patch"}, {"patched", true}});
  CHECK(body_of(rig.create("c", R"({"do":"merge"})"))["data"] == base::Json{{"do", "merge"}, {"patched", true}});
  CHECK(body_of(rig.create("d", R"({"do":"draft"})"))["status"] == "draft");
}

TEST_CASE("an enlisted write is committed with the operation") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .adjust = may_create}});
  REQUIRE(rig.create("n1", R"({"do":"enlist"})").answer);
  CHECK(body_of(rig.get("enlisted"))["data"] == base::Json{{"title", "enlisted"}});
}

TEST_CASE("when an enlisted write cannot be done, nothing of the operation is") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .adjust = may_create}});
  REQUIRE(rig.create("n1", R"({"do":"enlist"})").answer);
  CHECK(error_of(rig.create("n2", R"({"do":"enlist"})")).code == Code::already_exists);
  CHECK(error_of(rig.get("n2")).code == Code::not_found);
}

TEST_CASE("an operation of a plugin's own has the plugin as its actor and counts its depth") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .adjust = may_create}});
  REQUIRE(rig.create("n1", R"({"do":"operate"})").answer);
  CHECK(body_of(rig.get("operated"))["created_by"] == "plugin:scripted");
}

TEST_CASE("operations that set each other off end at the limit of depth") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .config = rig.recording(), .adjust = may_create}});
  REQUIRE(rig.create("n1", R"({"do":"recurse"})").answer);
  const auto lines = rig.recorded();
  REQUIRE(lines.size() == 17);
  CHECK(lines.front() == "recurse " + std::to_string(static_cast<int>(Code::depth_exceeded)));
  CHECK(lines.back() == "recurse 0");
}

TEST_CASE("an operation asked for inside a handler has its depth, also when the plugin does not name the cause") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .config = rig.recording(), .adjust = may_create}});
  REQUIRE(rig.create("n1", R"({"do":"forget"})").answer);
  CHECK(rig.recorded().front() == "forget " + std::to_string(static_cast<int>(Code::depth_exceeded)));
}

TEST_CASE("a rejection rejects whatever the handler does after it, also where faults are ignored") {
  Rig rig;
  rig.load({{.fixture = "scripted", .adjust = [](manifest::PluginSettings& entry) { entry.on_fault = manifest::OnFault::ignore; }}});
  CHECK(error_of(rig.create("n1", R"({"do":"both"})")).code == Code::rejected);
}

TEST_CASE("in a dry run a plugin's own operations may only read") {
  const auto may_create = [](manifest::PluginSettings& entry) { entry.grants.resources["note"] = Action::create; };
  Rig rig;
  rig.load({{.fixture = "scripted", .config = rig.recording(), .adjust = may_create}});
  operation::Request dry = request(Action::create, "n1", R"({"do":"operate"})");
  dry.mode = operation::Mode::dry_run;
  REQUIRE(rig.run(dry).answer);
  CHECK(rig.recorded().front() == "operate " + std::to_string(static_cast<int>(Code::unsupported)));
  CHECK(error_of(rig.get("operated")).code == Code::not_found);
}

TEST_CASE("a fault fails the operation, or is ignored where the manifest says so") {
  SECTION("fail") {
    Rig rig;
    rig.load({{.fixture = "scripted"}});
    const base::Error error = error_of(rig.create("n1", R"({"do":"fault"})"));
    CHECK(error.code == Code::plugin_fault);
    CHECK(error.plugin == "scripted");
    CHECK(error.message.find("as told") != std::string::npos);
  }
  SECTION("ignore") {
    Rig rig;
    rig.load({{.fixture = "scripted", .adjust = [](manifest::PluginSettings& entry) { entry.on_fault = manifest::OnFault::ignore; }}});
    CHECK(body_of(rig.create("n1", R"({"do":"fault"})"))["data"] == base::Json{{"do", "fault"}});
  }
}

TEST_CASE("an exception out of a handler is a fault with its text") {
  Rig rig;
  rig.load({{.fixture = "handler_throws"}});
  const base::Error error = error_of(rig.create("n1", "{}"));
  CHECK(error.code == Code::plugin_fault);
  CHECK(error.message.find("the handler broke") != std::string::npos);
}

TEST_CASE("a fault after the commit changes nothing of the answer") {
  Rig rig;
  rig.load({{.fixture = "handler_throws", .config = R"({"phase":"on_success"})"}});
  CHECK(body_of(rig.create("n1", R"({"title":"kept"})"))["data"] == base::Json{{"title", "kept"}});
  CHECK(rig.registry().instances().front()->counters.faults == 1);
}
