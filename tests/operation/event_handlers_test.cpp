// The promises made to authors of event handlers, one by one, as a host keeps them: with a plugin that is written with the SDK and loaded
// from its shared library. tests/sdk holds the same against the SDK's stand-in for a host.
#include <optional>

#include "operation/rig.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using base::Code;
using model::Action;

namespace {

using Lines = std::vector<std::string>;

// Wrong by the schema of note, which is looked at in the operation stage.
constexpr const char* wrong_document = R"({"title":3})";

// A host with the plugin in this scenario (see tests/fixtures/event_handlers.cpp), which may ask for these actions on notes and tasks.
class HookScenario {
 public:
  explicit HookScenario(const std::string& name, model::ActionSet granted = {}, const std::string& more = {}) {
    rig.load({{.fixture = "event_handlers",
               .config = rig.recording(R"("scenario":")" + name + "\"" + more),
               .adjust = [granted](manifest::PluginSettings& entry) {
                 entry.grants.resources = {{"note", granted}, {"task", granted}};
               }}});
  }

  Lines printed() const { return rig.recorded(); }

  operation::Outcome task(const std::string& id) {
    operation::Request get = request(Action::get, id);
    get.type = "task";
    return rig.run(std::move(get));
  }

  Rig rig;
};

std::string dump_of(Rig& rig) {
  std::string stream;
  operation::DumpRequest wanted;
  wanted.types = {"note"};
  REQUIRE(rig.transfers().dump(wanted, [&](std::string_view bytes) {
    stream += bytes;
    return true;
  }));
  return stream;
}

void load_into(Rig& rig, std::string stream) {
  std::optional<std::string> rest(std::move(stream));
  const operation::LoadRequest wanted{{"ann", {}}, store::OnConflict::overwrite};
  const auto outcome = rig.transfers().load(
      wanted, [&]() -> base::Result<std::optional<std::string>> { return std::exchange(rest, std::nullopt); },
      [](const operation::TransferTotals&) {});
  CHECK_FALSE(outcome.error);
}

operation::Request of_revision_1(Action action) {
  operation::Request made = request(action, "n1");
  made.revision = 1;
  return made;
}

// Every action that there is, once, each with success.
void do_everything(Rig& rig) {
  REQUIRE(rig.create("n1", "{}").answer);
  REQUIRE(rig.get("n1").answer);
  REQUIRE(rig.run(of_revision_1(Action::get_revision)).answer);
  REQUIRE(rig.act(Action::list_revisions, "n1").answer);
  REQUIRE(rig.act(Action::search, "").answer);
  operation::Request draft = request(Action::update, "n1", R"({"priority":1})");
  draft.status = model::Status::draft;
  REQUIRE(rig.run(draft).answer);
  REQUIRE(rig.act(Action::modify, "n1", R"({"priority":2})").answer);
  REQUIRE(rig.act(Action::patch, "n1", "[]").answer);
  REQUIRE(rig.act(Action::remove, "n1").answer);
  REQUIRE(rig.act(Action::restore, "n1").answer);
  REQUIRE(rig.run(of_revision_1(Action::switch_to)).answer);
  const std::string stream = dump_of(rig);
  REQUIRE(rig.act(Action::purge, "n1").answer);
  load_into(rig, stream);
}

}  // namespace

TEST_CASE(
    "in a host a handler is told the phase, the action, the actor, the time, the resource type and id, and the payload or the "
    "result") {
  HookScenario scenario("context");
  operation::Request create = request(Action::create, "n1", R"({"title":"Tea"})");
  create.caller = {"ann", "acme"};
  const base::Json made = body_of(scenario.rig.run(create));
  const auto created = base::from_rfc3339(made["created_at"].get<std::string>());
  REQUIRE(created);
  const std::string time = std::to_string(created->time_since_epoch().count());
  CHECK(scenario.printed() == Lines{"before create ann acme " + time + R"( note n1 input={"title":"Tea"} result=)",
                                    "on_success create ann acme " + time + R"( note n1 input={"title":"Tea"} result={"title":"Tea"})"});
}

TEST_CASE("in a host a simple handler is one function and one line") {
  HookScenario scenario("simple");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  REQUIRE(scenario.rig.get("n1").answer);
  CHECK(scenario.printed() == Lines{"before create note"});
}

TEST_CASE("in a host handlers are registered for every resource type or for one, and both run") {
  HookScenario scenario("types");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"every type", "notes", "tasks and notes"});
  operation::Request task = request(Action::create, "t1", "{}");
  task.type = "task";
  REQUIRE(scenario.rig.run(task).answer);
  CHECK(scenario.printed() == Lines{"every type", "notes", "tasks and notes", "every type", "tasks and notes"});
}

TEST_CASE("in a host before runs before the operation is executed, and on_success after it") {
  HookScenario scenario("order", Action::get);
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"before pending not there", "on_success succeeded there"});
}

TEST_CASE("in a host before adjusts input data") {
  HookScenario scenario("adjust");
  CHECK(body_of(scenario.rig.create("n1", R"({"title":" tea","priority":3})"))["data"] == base::Json{{"title", "Tea"}, {"priority", 3}});
  CHECK(body_of(scenario.rig.get("n1"))["data"]["title"] == "Tea");
}

TEST_CASE("in a host a before handler that throws stops the operation") {
  HookScenario scenario("throws");
  const base::Error error = error_of(scenario.rig.create("n1", "{}"));
  CHECK(error.code == Code::plugin_fault);
  CHECK(error.plugin == "event-handlers");
  CHECK(error.message.find("title must not be empty") != std::string::npos);
  CHECK(scenario.printed() == Lines{"failure"});
  CHECK(error_of(scenario.rig.get("n1")).code == Code::not_found);
}

TEST_CASE("in a host after runs after the operation stage was reached, whatever came of it") {
  HookScenario scenario("outcomes");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"on_success succeeded", "after succeeded"});
  CHECK(error_of(scenario.rig.update("n1", wrong_document)).code == Code::invalid_document);
  CHECK(scenario.printed().back() == "after failed");
  CHECK(error_of(scenario.rig.act(Action::remove, "n1")).code == Code::rejected);
  CHECK(scenario.printed().size() == 3);
}

TEST_CASE("in a host on_success runs only when the operation completes successfully") {
  HookScenario scenario("outcomes");
  CHECK(error_of(scenario.rig.create("n1", wrong_document)).code == Code::invalid_document);
  CHECK(scenario.printed() == Lines{"after failed"});
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"after failed", "on_success succeeded", "after succeeded"});
}

TEST_CASE("in a host on_success updates dependent systems: a handler asks for operations of its own") {
  HookScenario scenario("follow_up", Action::create);
  REQUIRE(scenario.rig.create("n7", "{}").answer);
  const base::Json task = body_of(scenario.task("n7"));
  CHECK(task["data"] == base::Json{{"note", "n7"}});
  CHECK(task["created_by"] == "plugin:event-handlers");
}

TEST_CASE("in a host on_failure runs only when the operation raises an error, denials and rejections included") {
  HookScenario scenario("failures");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed().empty());
  CHECK_FALSE(scenario.rig.update("n1", wrong_document).answer);
  operation::Request nobody = request(Action::update, "n1", "{}");
  nobody.caller.actor = "";
  CHECK_FALSE(scenario.rig.run(nobody).answer);
  CHECK_FALSE(scenario.rig.act(Action::remove, "n1").answer);
  CHECK(scenario.printed() == Lines{"operation failed update note: invalid_document", "operation failed update note: invalid_argument",
                                    "operation failed delete note: rejected"});
}

TEST_CASE("in a host on_failure compensates what a handler did elsewhere before the operation failed") {
  HookScenario scenario("compensate", {Action::create, Action::remove});
  CHECK(error_of(scenario.rig.create("n1", wrong_document)).code == Code::invalid_document);
  CHECK(error_of(scenario.task("n1")).message == "task/n1 is deleted (deleted=include shows it)");
  REQUIRE(scenario.rig.create("n2", "{}").answer);
  CHECK(scenario.task("n2").answer);
}

TEST_CASE("in a host several handlers are defined in one fluent expression") {
  HookScenario scenario("fluent");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"before create", "success create", "after create"});
}

TEST_CASE("in a host several functions are given to one handle() and run in that order") {
  HookScenario scenario("several");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"first", "second", "first", "second"});
}

TEST_CASE("in a host one function is attached to several actions by a grouped action") {
  const auto called = [](const std::string& group) {
    HookScenario scenario("group", {}, R"(,"group":")" + group + "\"");
    do_everything(scenario.rig);
    return scenario.printed();
  };
  CHECK(called("read") == Lines{"get", "get_revision", "list_revisions", "search"});
  CHECK(called("write") == Lines{"create", "update", "modify", "patch"});
  CHECK(called("lifecycle") == Lines{"delete", "restore", "switch", "purge"});
  CHECK(called("backup") == Lines{"dump", "load"});
}

TEST_CASE("in a host handlers listen to create, get, update, modify, patch, delete, restore, switch, dump and load by these names") {
  HookScenario scenario("group", {}, R"(,"group":"full")");
  do_everything(scenario.rig);
  CHECK(scenario.printed() == Lines{"create", "get", "get_revision", "list_revisions", "search", "update", "modify", "patch", "delete",
                                    "restore", "switch", "dump", "purge", "load"});
}

TEST_CASE("in a host audit every write: on_success of mutate sees deletes as well") {
  HookScenario scenario("audit");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  REQUIRE(scenario.rig.get("n1").answer);
  REQUIRE(scenario.rig.act(Action::remove, "n1").answer);
  CHECK(scenario.printed() == Lines{"ann -> create -> note", "ann -> delete -> note"});
}

TEST_CASE("in a host block invalid input early: a clear exception in before rejects with code, message and details") {
  HookScenario scenario("validate");
  const base::Error error = error_of(scenario.rig.create("n1", R"({"title":""})"));
  CHECK(error == base::Error{Code::rejected, "title must not be empty", "title.blank", R"({"field":"title"})", "event-handlers"});
  CHECK(error_of(scenario.rig.get("n1")).code == Code::not_found);
  CHECK(scenario.rig.create("n1", R"({"title":"Tea"})").answer);
}

TEST_CASE("in a host log failures: on_failure of full sees every action") {
  HookScenario scenario("failures");
  const Action on_one[] = {Action::get, Action::update, Action::modify, Action::patch, Action::remove, Action::restore, Action::purge};
  Lines expected;
  for (const Action action : on_one) {
    CHECK_FALSE(scenario.rig.act(action, "none", "{}").answer);
    expected.push_back("operation failed " + std::string(name_of(action)) + " note: not_found");
  }
  CHECK_FALSE(scenario.rig.create("n1", wrong_document).answer);
  expected.emplace_back("operation failed create note: invalid_document");
  operation::Request search = request(Action::search);
  search.query = "colour=red";
  CHECK_FALSE(scenario.rig.run(search).answer);
  expected.emplace_back("operation failed search note: invalid_argument");
  CHECK(scenario.printed() == expected);
}

TEST_CASE("in a host cross-resource updates: a before handler enlists writes that commit with the operation or not at all") {
  HookScenario scenario("enlist", Action::create);
  CHECK(error_of(scenario.rig.create("n1", wrong_document)).code == Code::invalid_document);
  CHECK(error_of(scenario.task("n1")).code == Code::not_found);
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(body_of(scenario.task("n1"))["data"] == base::Json{{"note", "n1"}});
}

TEST_CASE("in a host side effects in on_success do not run when the operation fails") {
  HookScenario scenario("side_effect");
  CHECK(error_of(scenario.rig.create("n1", R"({"full":true})")).reason == "note.full");
  CHECK(scenario.printed().empty());
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.printed() == Lines{"notified"});
}
