#include "plugin_of.hpp"
#include "support/catch.hpp"

#include <cstddef>

using namespace sdk_test;
using testing::Answer;
using testing::Asked;

namespace {

// Makes a plugin whose on_success handler plays `use`, with answers from `answers`, and gives back what was asked.
std::vector<Asked> use_host(std::function<void(Operation&)> use, std::function<Answer(const Asked&)> answers) {
  auto host = plugin_of([&](Lambda& plugin) { plugin.handle(use).on_success(Action::create); });
  host.answer(std::move(answers));
  const auto fired = host.fire(Phase::on_success, Action::create);
  INFO((fired.faults.empty() ? "" : fired.faults[0].message));
  REQUIRE(fired.faults.empty());
  return host.asked();
}

Answer tea(const Asked&) { return {{{"title", "Tea"}}, 4, {}}; }

}  // namespace

TEST_CASE("every operation is asked for by its name, type, id and document") {
  const auto asked = use_host(
      [](Operation& op) {
        const Host& host = op.host();
        host.create("note", "{}");
        host.create_as("note", "n1", "{}", Options().draft());
        host.get("note", "n1");
        host.get_revision("note", "n1", 2);
        host.list_revisions("note", "n1");
        host.search("note", "limit=3");
        host.update("note", "n1", "{}", Options().expecting(3).idempotency_key("k"));
        host.modify("note", "n1", "{}", Options().stable());
        host.patch("note", "n1", "[]");
        host.merge("note", "n1", "{}");
        host.remove("note", "n1");
        host.restore("note", "n1");
        host.switch_to("note", "n1", 5);
        host.purge("note", "n1");
      },
      tea);
  REQUIRE(asked.size() == 14);
  const Action actions[] = {Action::create,         Action::create, Action::get,    Action::get_revision,
                            Action::list_revisions, Action::search, Action::update, Action::modify,
                            Action::patch,          Action::patch,  Action::remove, Action::restore,
                            Action::switch_to,      Action::purge};
  for (std::size_t i = 0; i < asked.size(); ++i) CHECK(asked[i].action == actions[i]);
  CHECK(asked[0].id.empty());
  CHECK(asked[1].id == "n1");
  CHECK(asked[0].status == RequestedStatus::keep);
  CHECK(asked[1].status == RequestedStatus::draft);
  CHECK(asked[3].revision == 2);
  CHECK(asked[5].query == "limit=3");
  CHECK(asked[6].expected_revision == 3);
  CHECK(asked[6].idempotency_key == "k");
  CHECK(asked[6].status == RequestedStatus::keep);
  CHECK_FALSE(asked[7].expected_revision);
  CHECK(asked[7].status == RequestedStatus::stable);
  CHECK(asked[8].format == PatchFormat::json_patch);
  CHECK(asked[9].format == PatchFormat::merge_patch);
  CHECK(asked[12].revision == 5);
}

TEST_CASE("a reply is a resource to keep, or read in place by a receiver") {
  use_host(
      [](Operation& op) {
        const Resource note = op.host().get("note", "n1");
        CHECK(note.id() == "n1");
        CHECK(note.revision() == 4);
        CHECK(note.json() == R"({"title":"Tea"})");
        std::string title;
        op.host().get("note", "n1", [&](const Reply& reply) { title = reply.document().required_string("/title"); });
        CHECK(title == "Tea");
        op.host().update("note", "n1", "{}", Options().expecting(note));
      },
      tea);
}

TEST_CASE("an operation that does not succeed is an Error with all it tells") {
  use_host(
      [](Operation& op) {
        try {
          op.host().create("note", "{}");
          FAIL("wanted an Error");
        } catch (const Error& error) {
          CHECK(error.status() == Status::rejected);
          CHECK(error.reason() == "title.blank");
          CHECK(error.plugin() == "title-check");
          CHECK(error.details() == "{}");
          CHECK(std::string(error.what()) == "title must not be empty");
        }
        CHECK(op.host().try_operate(Request::remove("note", "n1"))->status() == Status::rejected);
      },
      [](const Asked&) -> Answer {
        throw Error(Status::rejected, "title must not be empty", "title.blank", "{}", "title-check");
      });
}

TEST_CASE("try_get tells a missing resource from a failure") {
  Status status = Status::not_found;
  use_host([](Operation& op) { CHECK_FALSE(op.host().try_get("note", "n1")); },
           [&](const Asked&) -> Answer { throw Error(status, "none"); });
  status = Status::denied;
  use_host([](Operation& op) { CHECK_THROWS_AS(op.host().try_get("note", "n1"), Error); },
           [&](const Asked&) -> Answer { throw Error(status, "none"); });
  use_host([](Operation& op) { CHECK(op.host().try_get("note", "n1")->revision() == 4); }, tea);
}

TEST_CASE("try_get with a receiver tells whether there is a resource, and fails as without") {
  Status status = Status::not_found;
  const auto none = [&](const Asked&) -> Answer { throw Error(status, "none"); };
  std::string title;
  const auto keep_title = [&](const Reply& note) { title = note.document().required_string("/title"); };
  use_host([&](Operation& op) { CHECK_FALSE(op.host().try_get("note", "n1", keep_title)); }, none);
  CHECK(title.empty());
  status = Status::denied;
  use_host([&](Operation& op) { CHECK_THROWS_AS(op.host().try_get("note", "n1", keep_title), Error); }, none);
  use_host([&](Operation& op) { CHECK(op.host().try_get("note", "n1", keep_title)); }, tea);
  CHECK(title == "Tea");
}

TEST_CASE("what a receiver throws goes on to the caller") {
  use_host(
      [](Operation& op) {
        CHECK_THROWS_AS(op.host().get("note", "n1", [](const Reply&) { throw std::out_of_range("no"); }),
                        std::out_of_range);
      },
      tea);
}

TEST_CASE("outside of a handler an operation has no cause, inside it has, also by the plugin's own host") {
  std::optional<Host> own;
  auto host = plugin_of([&](Lambda& plugin) {
    own = plugin.host();
    plugin
        .handle([&](Operation& op) {
          op.host().get("note", "1");
          own->get("note", "1");
        })
        .on_success(Action::create);
  });
  host.answer(tea);
  own->get("note", "1");
  host.fire(Phase::on_success, Action::create);
  own->get("note", "1");
  REQUIRE(host.asked().size() == 4);
  CHECK(host.asked()[0].cause.empty());
  CHECK_FALSE(host.asked()[1].cause.empty());
  CHECK(host.asked()[2].cause == host.asked()[1].cause);
  CHECK(host.asked()[3].cause.empty());
}

TEST_CASE("a handler that asks for an operation is entered again before the answer is there") {
  std::vector<std::string> steps;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .handle([&](Operation& op) {
          steps.push_back("in " + std::string(op.type()));
          if (op.type() == "note") op.host().create("task", "{}");
          steps.push_back("out " + std::string(op.type()));
        })
        .on_success(Action::create);
  });
  host.answer([&](const Asked& asked) -> Answer {
    host.fire(Phase::on_success, asked.action, Given().type(asked.type).depth(1));
    return {{}, 1, "t1"};
  });
  host.fire(Phase::on_success, Action::create);
  CHECK(steps == std::vector<std::string>{"in note", "in task", "out task", "out note"});
}

TEST_CASE("in a dry run a plugin may read, and Error unsupported tells that it may not write") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          CHECK(op.host().get("note", "n1").revision() == 4);
          CHECK(op.host().try_operate(Request::remove("note", "n1"))->status() == Status::unsupported);
        })
        .before(Action::create);
  });
  host.answer(tea);
  CHECK(host.fire(Phase::before, Action::create, Given().dry_run()).faults.empty());
  CHECK(host.asked().size() == 1);
}

TEST_CASE("a handler whose time is up asks for nothing more") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          CHECK(op.host().try_operate(Request::get("note", "n1"))->status() == Status::timeout);
        })
        .before(Action::create);
  });
  host.answer(tea);
  host.fire(Phase::before, Action::create, Given().budget(std::chrono::microseconds(0)));
  CHECK(host.asked().empty());
}

TEST_CASE("after a purge there is no document") {
  use_host(
      [](Operation& op) {
        bool asked = false;
        op.host().operate(Request::purge("note", "n1"), [&](const Reply& reply) {
          asked = true;
          CHECK_FALSE(reply.document());
          CHECK(reply.id() == "n1");
        });
        CHECK(asked);
        CHECK(op.host().operate(Request::purge("note", "n1")).json().empty());
      },
      tea);
}

TEST_CASE("an error is written as far as the caller has room, and not at all on success") {
  use_host(
      [](Operation& op) {
        const Request fails = Request::get("note", "none"), works = Request::get("note", "n1");
        const auto operate = [&](const Request& request, bp_error* error) {
          return op.host().table().operate(op.host().self(), &op.c(), &request.c(), nullptr, nullptr, error);
        };
        bp_error error{};
        error.struct_size = offsetof(bp_error, details);
        error.details.size = 77;
        CHECK(operate(fails, &error) == BP_E_NOT_FOUND);
        CHECK(error.struct_size == offsetof(bp_error, details));
        CHECK(detail::view(error.message) == "no note");
        CHECK(error.details.size == 77);
        error.struct_size = sizeof error + 8;
        CHECK(operate(fails, &error) == BP_E_NOT_FOUND);
        CHECK(error.struct_size == sizeof error);
        error.status = 99;
        CHECK(operate(works, &error) == BP_OK);
        CHECK(error.status == 99);
        CHECK(operate(fails, nullptr) == BP_E_NOT_FOUND);
      },
      [](const Asked& asked) -> Answer {
        if (asked.id == "none") throw Error(Status::not_found, "no note");
        return tea(asked);
      });
}

TEST_CASE("the configuration is read by type, the log takes every level, and an unknown interface is absent") {
  std::string path;
  auto host = plugin_of(
      [&](Lambda& plugin) {
        path = plugin.host().config().string("/path").value_or("");
        CHECK(plugin.host().name() == "backplane");
        CHECK(plugin.host().get_interface("backplane.none/1") == nullptr);
        plugin.host().trace("t");
        plugin.host().debug("d");
        plugin.host().info("i");
        plugin.host().warning("w");
        plugin.host().error("e");
      },
      {{"path", "x"}});
  CHECK(path == "x");
  std::string levels;
  for (const auto& line : host.logged()) levels += line.message + std::to_string(static_cast<int>(line.level));
  CHECK(levels == "t0d1i2w3e4");
}
