// The promises made to authors of event handlers, one by one.
#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;

namespace {

struct Context {
  Phase phase;
  Action action;
  std::string actor, type, id, tenant, input, result;
  std::int64_t time_us;
};

Context context_of(const Operation& op) {
  return {op.phase(),
          op.action(),
          std::string(op.actor()),
          std::string(op.type()),
          std::string(op.id()),
          std::string(op.tenant()),
          std::string(op.input().json()),
          std::string(op.result().json()),
          op.time_us()};
}

const Action every_action[] = {Action::create, Action::get,     Action::get_revision, Action::list_revisions,
                               Action::search, Action::update,  Action::modify,       Action::patch,
                               Action::remove, Action::restore, Action::purge,        Action::switch_to,
                               Action::dump,   Action::load};

const Error refused(Status::storage, "the store is full");

}  // namespace

TEST_CASE(
    "a handler is told the phase, the action, the actor, the time, the resource type and id, and the payload or the "
    "result") {
  std::vector<Context> seen;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation& op) { seen.push_back(context_of(op)); })
        .before(Action::create)
        .on_success(Action::create);
  });
  host.run(
      Action::create,
      Given().type("note").id("n1").actor("ann").tenant("acme").time_us(1714564800123456).input({{"title", "Tea"}}));
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].phase == Phase::before);
  CHECK(seen[0].action == Action::create);
  CHECK(seen[0].actor == "ann");
  CHECK(seen[0].tenant == "acme");
  CHECK(seen[0].time_us == 1714564800123456);
  CHECK(seen[0].type == "note");
  CHECK(seen[0].id == "n1");
  CHECK(seen[0].input == R"({"title":"Tea"})");
  CHECK(seen[1].phase == Phase::on_success);
  CHECK(seen[1].result == R"({"title":"Tea"})");
}

TEST_CASE("a simple handler is one function and one line") {
  std::string printed;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .handle([&](Operation& op) {
          printed =
              std::string(name_of(op.phase())) + " " + std::string(name_of(op.action())) + " " + std::string(op.type());
        })
        .before(Action::create);
  });
  host.fire(Phase::before, Action::create);
  CHECK(printed == "before create note");
}

TEST_CASE("handlers are registered for every resource type or for one, and both run") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation&) {}).before(Action::create).named("every type");
    plugin.handle([](Operation&) {}).before(Action::create, "note").named("notes");
    plugin.handle([](Operation&) {}).before(Action::create).of("task", "note").named("tasks and notes");
  });
  CHECK(host.fire(Phase::before, Action::create, Given().type("note")).called ==
        std::vector<std::string>{"every type", "notes", "tasks and notes"});
  CHECK(host.fire(Phase::before, Action::create, Given().type("task")).called ==
        std::vector<std::string>{"every type", "tasks and notes"});
  CHECK(host.fire(Phase::before, Action::create, Given().type("user")).called ==
        std::vector<std::string>{"every type"});
}

TEST_CASE("before runs before the operation is executed") {
  Outcome outcome = Outcome::failed;
  auto host = plugin_of(
      [&](Lambda& plugin) { plugin.handle([&](Operation& op) { outcome = op.outcome(); }).before(Action::full); });
  host.run(Action::update, Given().input({{"title", "Tea"}}));
  CHECK(outcome == Outcome::pending);
}

TEST_CASE("before adjusts input data") {
  auto host = plugin_of(
      [](Lambda& plugin) { plugin.handle([](Operation& op) { op.set("/title", "Tea"); }).before(Action::write); });
  const auto ran = host.run(Action::create, Given().input({{"title", " tea"}, {"pages", 3}}));
  CHECK(ran.before.changed);
  CHECK(ran.before.document == nlohmann::json{{"title", "Tea"}, {"pages", 3}});
}

TEST_CASE("a before handler that throws stops the operation") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation&) { throw std::runtime_error("title must not be empty"); })
        .before(Action::create)
        .named("first");
    plugin.handle([](Operation&) {}).before(Action::create).named("second");
    plugin.handle([](Operation&) {}).on_success(Action::create).named("success");
    plugin.handle([](Operation&) {}).on_failure(Action::create).named("failure");
  });
  const auto ran = host.run(Action::create, Given().input(nlohmann::json::object()));
  CHECK(ran.outcome == Outcome::failed);
  CHECK(ran.before.called == std::vector<std::string>{"first"});
  REQUIRE(ran.before.faults.size() == 1);
  CHECK(ran.before.faults[0].message == "title must not be empty");
  CHECK(ran.on_success.called.empty());
  CHECK(ran.on_failure.called == std::vector<std::string>{"failure"});
}

TEST_CASE("after runs after the operation stage was reached, whatever came of it") {
  std::vector<Outcome> outcomes;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation& op) { outcomes.push_back(op.outcome()); }).after(Action::full);
  });
  host.run(Action::create, Given().input(nlohmann::json::object()));
  host.run(Action::create, Given().input(nlohmann::json::object()).error(refused));
  CHECK(outcomes == std::vector<Outcome>{Outcome::succeeded, Outcome::failed});
  host.run(Action::create, Given().denied(Error(Status::denied, "ann may not create notes")));
  CHECK(outcomes.size() == 2);
}

TEST_CASE("on_success runs only when the operation completes successfully") {
  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) { plugin.handle([&](Operation&) { ++calls; }).on_success(Action::full); });
  host.run(Action::update, Given().input(nlohmann::json::object()).error(refused));
  CHECK(calls == 0);
  host.run(Action::update, Given().input(nlohmann::json::object()));
  CHECK(calls == 1);
}

TEST_CASE("on_success updates dependent systems: a handler asks for operations of its own") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation& op) {
            op.host().create("index", json_object({{"note", op.id()}}));
          })
        .on_success(Action::create, "note");
  });
  host.answer([](const testing::Asked& asked) {
    return testing::Answer{nlohmann::json::parse(asked.document), 1, "i1"};
  });
  host.run(Action::create, Given().id("n7").input({{"title", "Tea"}}));
  REQUIRE(host.asked().size() == 1);
  CHECK(host.asked()[0].action == Action::create);
  CHECK(host.asked()[0].type == "index");
  CHECK(host.asked()[0].document == R"({"note":"n7"})");
  CHECK_FALSE(host.asked()[0].cause.empty());
}

TEST_CASE("on_failure runs only when the operation raises an error, denials and rejections included") {
  std::vector<std::string> errors;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation& op) { errors.emplace_back(name_of(op.error()->status())); }).on_failure(Action::full);
    plugin.handle([](Operation& op) { op.reject("note.locked", "the note is locked"); }).before(Action::remove);
  });
  host.run(Action::create, Given().input(nlohmann::json::object()));
  CHECK(errors.empty());
  host.run(Action::create, Given().input(nlohmann::json::object()).error(refused));
  host.run(Action::create, Given().denied(Error(Status::denied, "ann may not create notes")));
  host.run(Action::remove);
  CHECK(errors == std::vector<std::string>{"storage", "denied", "rejected"});
}

TEST_CASE("several handlers are defined in one fluent expression") {
  std::vector<std::string> printed;
  const auto print = [&](const std::string& text) { return [&printed, text](Operation&) { printed.push_back(text); }; };
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle(print("before create"))
        .before(Action::create)
        .handle(print("after create"))
        .after(Action::create)
        .handle(print("success create"))
        .on_success(Action::create);
  });
  host.run(Action::create, Given().input(nlohmann::json::object()));
  CHECK(printed == std::vector<std::string>{"before create", "success create", "after create"});
}

TEST_CASE("several functions are given to one handle() and run in that order") {
  std::vector<int> ran;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation&) { ran.push_back(1); }, [&](Operation&) { ran.push_back(2); })
        .before(Action::create)
        .on_success(Action::create);
  });
  host.run(Action::create, Given().input(nlohmann::json::object()));
  CHECK(ran == std::vector<int>{1, 2, 1, 2});
}

TEST_CASE("one function is attached to several actions by a grouped action") {
  const auto called = [](Action group) {
    std::vector<Action> seen;
    auto host = plugin_of(
        [&](Lambda& plugin) { plugin.handle([&](Operation& op) { seen.push_back(op.action()); }).on_success(group); });
    for (const Action action : every_action) host.fire(Phase::on_success, action);
    return seen;
  };
  CHECK(called(Action::read) ==
        std::vector<Action>{Action::get, Action::get_revision, Action::list_revisions, Action::search});
  CHECK(called(Action::write) == std::vector<Action>{Action::create, Action::update, Action::modify, Action::patch});
  CHECK(called(Action::lifecycle) ==
        std::vector<Action>{Action::remove, Action::restore, Action::purge, Action::switch_to});
  CHECK(called(Action::backup) == std::vector<Action>{Action::dump, Action::load});
  CHECK(called(Action::full) == std::vector<Action>(std::begin(every_action), std::end(every_action)));
}

TEST_CASE("audit every write: on_success of mutate sees deletes as well") {
  std::vector<std::string> lines;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .handle([&](Operation& op) {
          lines.push_back(std::string(op.actor()) + " -> " + std::string(name_of(op.action())) + " -> " +
                          std::string(op.type()));
        })
        .on_success(Action::mutate);
  });
  host.run(Action::create, Given().actor("ann").input(nlohmann::json::object()));
  host.run(Action::get, Given().actor("ann"));
  host.run(Action::remove, Given().actor("ann"));
  CHECK(lines == std::vector<std::string>{"ann -> create -> note", "ann -> delete -> note"});
}

TEST_CASE("block invalid input early: a clear exception in before rejects with code, message and details") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          if (op.is(Action::create) && op.input().string("/title").value_or("").empty()) {
            throw Rejection("title.blank", "title must not be empty", json_object({{"field", "title"}}));
          }
        })
        .before(Action::write);
  });
  const auto fired = host.fire(Phase::before, Action::create, Given().input({{"title", ""}}));
  CHECK(fired.rejected);
  CHECK(fired.reason == "title.blank");
  CHECK(fired.message == "title must not be empty");
  CHECK(fired.details == nlohmann::json{{"field", "title"}});
  CHECK_FALSE(host.fire(Phase::before, Action::create, Given().input({{"title", "Tea"}})).rejected);
}

TEST_CASE("log failures: on_failure of full sees every action") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          op.host().warning("operation failed " + std::string(name_of(op.action())) + " " + std::string(op.type()));
        })
        .on_failure(Action::full);
  });
  for (const Action action : every_action) host.run(action, Given().error(refused));
  const auto lines = host.logged();
  REQUIRE(lines.size() == 14);
  CHECK(lines[1].message == "operation failed get note");
}

TEST_CASE(
    "handlers listen to create, get, update, modify, patch, delete, restore, switch, dump and load by these names") {
  std::vector<std::string_view> names;
  for (const Action action : every_action) names.push_back(name_of(action));
  CHECK(names == std::vector<std::string_view>{"create", "get", "get_revision", "list_revisions", "search", "update",
                                               "modify", "patch", "delete", "restore", "purge", "switch", "dump",
                                               "load"});
}

TEST_CASE("cross-resource updates: a before handler enlists writes that commit with the operation or not at all") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          op.enlist(Request::update("counter", "notes", R"({"count":1})").with(Options().expecting(4)));
        })
        .before(Action::create);
  });
  const auto fired = host.fire(Phase::before, Action::create, Given().input(nlohmann::json::object()));
  REQUIRE(fired.enlisted.size() == 1);
  CHECK(fired.enlisted[0].type == "counter");
  CHECK(fired.enlisted[0].id == "notes");
  CHECK(fired.enlisted[0].expected_revision == 4);
}

TEST_CASE("side effects in on_success do not run when the operation fails") {
  int notifications = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([](Operation& op) { op.reject("note.full", "too many notes"); }).before(Action::create);
    plugin.handle([&](Operation&) { ++notifications; }).on_success(Action::create);
  });
  host.run(Action::create, Given().input(nlohmann::json::object()));
  CHECK(notifications == 0);
}
