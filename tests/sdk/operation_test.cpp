#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;

namespace {

// Fires one before handler at an update.
testing::Fired decide(std::function<void(Operation&)> handler,
                      nlohmann::json input = {{"title", "Tea"}, {"tags", {"a"}}}) {
  auto host = plugin_of([&](Lambda& plugin) { plugin.handle(handler).before(Action::full); });
  return host.fire(Phase::before, Action::update, Given().input(std::move(input)));
}

}  // namespace

TEST_CASE("an operation is replaced, patched and merged, and input() is the new document from there on") {
  const auto fired = decide([](Operation& op) {
    op.replace(R"({"title":"Coffee"})");
    CHECK(op.input().required_string("/title") == "Coffee");
    op.patch(R"([{"op":"add","path":"/pages","value":3}])");
    CHECK(op.input().required_integer("/pages") == 3);
    op.merge(R"({"title":null})");
    CHECK_FALSE(op.input().find("/title"));
  });
  CHECK(fired.faults.empty());
  CHECK(fired.document == nlohmann::json{{"pages", 3}});
}

TEST_CASE("set replaces a member or adds it, with names and values escaped as JSON wants it") {
  const auto fired = decide([](Operation& op) {
    op.set("/title", "a \"quoted\" \\ line\n\x01");
    op.set("/" + std::string("pages"), 12);
    op.set(pointer_to("a/b~c"), true);
    op.set("/tags/0", json_object({{"name", "x"}}));
    op.set("/tags/-", nullptr);
    op.unset("/absent");
  });
  REQUIRE(fired.faults.empty());
  CHECK(fired.document == nlohmann::json{{"title", "a \"quoted\" \\ line\n\x01"},
                                         {"pages", 12},
                                         {"a/b~c", true},
                                         {"tags", {{{"name", "x"}}, nullptr}}});
}

TEST_CASE("unset takes a member away") {
  CHECK(decide([](Operation& op) { op.unset("/tags"); }).document == nlohmann::json{{"title", "Tea"}});
}

TEST_CASE("a change that does not apply is an Error, or is returned by the try_ form") {
  const auto fired = decide([](Operation& op) {
    CHECK(op.try_patch(R"([{"op":"remove","path":"/absent"}])")->status() == Status::invalid_argument);
    CHECK(op.try_replace("{")->status() == Status::invalid_argument);
    CHECK_FALSE(op.try_merge("{}"));
    op.replace("not json");
  });
  REQUIRE(fired.faults.size() == 1);
  CHECK(fired.faults[0].status == Status::invalid_argument);
  CHECK(fired.faults[0].message == "replace: wanted JSON, found not json");
}

TEST_CASE("the status of the revision is set") {
  CHECK(decide([](Operation& op) { op.set_status(RevisionStatus::draft); }).status == RevisionStatus::draft);
}

TEST_CASE("op.reject rejects whatever the handler does afterwards") {
  const auto fired = decide([](Operation& op) {
    op.reject("title.blank", "title must not be empty", json_object({{"field", "title"}}));
    throw std::runtime_error("and then it broke");
  });
  CHECK(fired.rejected);
  CHECK(fired.reason == "title.blank");
  CHECK(fired.details["field"] == "title");
  CHECK(fired.faults.empty());
}

TEST_CASE("a rejection stands whatever a handler written in C returns after it") {
  static std::int32_t returned;
  static const bp_host* table;
  static const bp_handler_fn refuse = [](void*, const bp_operation* operation) -> std::int32_t {
    CHECK(table->op_reject(operation, detail::to_c("note.full"), detail::to_c("too many notes"), {}) == BP_OK);
    return returned;
  };
  static const bp_plugin plugin = {sizeof plugin,
                                   BP_ABI_MINOR,
                                   [](const bp_host* host, bp_self* self, void**) -> std::int32_t {
                                     table = host;
                                     bp_hook hook{};
                                     hook.struct_size = sizeof hook;
                                     hook.phases = BP_BEFORE;
                                     hook.actions = BP_CREATE;
                                     hook.handler = refuse;
                                     return host->add_hook(self, &hook, nullptr);
                                   },
                                   nullptr,
                                   nullptr,
                                   [](void*) {},
                                   nullptr};
  testing::TestHost host([] { return &plugin; });
  for (const std::int32_t status : {BP_OK, BP_REJECTED, BP_E_INTERNAL}) {
    returned = status;
    const auto fired = host.fire(Phase::before, Action::create);
    CHECK(fired.rejected);
    CHECK(fired.reason == "note.full");
    CHECK(fired.faults.empty());
  }
}

TEST_CASE("a rejection with a malformed reason or details rejects all the same, without them") {
  const auto fired = decide([](Operation&) { throw Rejection("No Such Thing!", "no", "[1]"); });
  CHECK(fired.rejected);
  CHECK(fired.reason.empty());
  CHECK(fired.message == "no");
  CHECK(fired.details.is_null());
}

TEST_CASE("a rejection outside of before is a fault") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation&) { throw Rejection("too.late", "too late"); }).on_success(Action::create);
  });
  const auto fired = host.fire(Phase::on_success, Action::create);
  CHECK_FALSE(fired.rejected);
  REQUIRE(fired.faults.size() == 1);
  CHECK(fired.faults[0].message == "rejection \"too.late\" (too late) in phase on_success: only before can refuse");
}

TEST_CASE("exceptions become faults with their text; none leaves the handler") {
  CHECK(decide([](Operation&) { throw std::runtime_error("disk full"); }).faults[0].message == "disk full");
  CHECK(decide([](Operation&) { throw 7; }).faults[0].message == "an exception that is no std::exception");
  const auto fired =
      decide([](Operation&) { throw Error(Status::timeout, "the printer did not answer", {}, R"({"printer":1})"); });
  CHECK(fired.faults[0].status == Status::timeout);
  CHECK(fired.faults[0].details == R"({"printer":1})");
}

TEST_CASE("another plugin's rejection that escapes is a fault, not a rejection") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation& op) { op.host().create("task", "{}"); }).before(Action::create);
  });
  host.answer([](const testing::Asked&) -> testing::Answer {
    throw Error(Status::rejected, "title must not be empty", "title.blank", {}, "title-check");
  });
  const auto fired = host.fire(Phase::before, Action::create);
  CHECK_FALSE(fired.rejected);
  CHECK(fired.faults[0].status == Status::plugin_fault);
  CHECK(fired.faults[0].message == "title must not be empty");
}

TEST_CASE("changing or enlisting where nothing is decided is Error unsupported") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          CHECK(op.try_merge("{}")->status() == Status::unsupported);
          CHECK_THROWS_AS(op.enlist(Request::create("task", "{}", "t1")), Error);
          CHECK_THROWS_AS(op.set_status(RevisionStatus::draft), Error);
        })
        .on_success(Action::full);
  });
  CHECK(host.fire(Phase::on_success, Action::update, Given().input(nlohmann::json::object())).faults.empty());
}

TEST_CASE("an enlisted write names its id, and has neither query nor idempotency key") {
  const auto status_of = [](Operation& op, const Request& request) {
    try {
      op.enlist(request);
    } catch (const Error& error) {
      return error.status();
    }
    return Status::ok;
  };
  const auto fired = decide([&](Operation& op) {
    const Options keyed = Options().idempotency_key("k"), draft = Options().draft();
    CHECK(status_of(op, Request::create("task", "{}")) == Status::invalid_argument);
    CHECK(status_of(op, Request::create("task", "{}", "t1").with(keyed)) == Status::invalid_argument);
    CHECK(status_of(op, Request::create("task", "{}", std::string(op.id()) + "-task").with(draft)) == Status::ok);
    CHECK(status_of(op, Request::update("task", "t2", "{}")) == Status::ok);
  });
  CHECK(fired.faults.empty());
  REQUIRE(fired.enlisted.size() == 2);
  CHECK(fired.enlisted[0].id == "1-task");
  CHECK(fired.enlisted[0].status == RequestedStatus::draft);
  CHECK(fired.enlisted[1].status == RequestedStatus::keep);
}

TEST_CASE("the facts of an operation are told") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          CHECK(op.is(Action::write));
          CHECK_FALSE(op.is(Action::read));
          CHECK(op.depth() == 2);
          CHECK(op.dry_run());
          CHECK(op.revision() == 7);
          CHECK(op.status() == RevisionStatus::draft);
          CHECK(op.budget() == std::chrono::milliseconds(20));
          CHECK(op.remaining() <= op.budget());
          CHECK(op.operation_id().size() == 36);
          CHECK_FALSE(op.correlation_id().empty());
          CHECK(op.causation_id().empty());
          CHECK(op.time().time_since_epoch() == std::chrono::microseconds(op.time_us()));
          CHECK(op.previous().required_string("/title") == "Old");
          CHECK(op.patch_document().json() == "{\"title\":\"New\"}");
          CHECK_FALSE(op.result());
          CHECK_FALSE(op.error());
        })
        .before(Action::patch);
  });
  const auto fired = host.fire(Phase::before, Action::patch,
                               Given()
                                   .depth(2)
                                   .dry_run()
                                   .revision(7)
                                   .status(RevisionStatus::draft)
                                   .budget(std::chrono::milliseconds(20))
                                   .previous({{"title", "Old"}})
                                   .patch({{"title", "New"}})
                                   .input({{"title", "New"}}));
  CHECK(fired.faults.empty());
  CHECK(fired.called.size() == 1);
}
