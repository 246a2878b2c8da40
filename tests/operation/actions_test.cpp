// What each action does, and with what errors: the semantics of the operations.
#include "operation/rig.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using base::Code;
using model::Action;

namespace {

operation::Request conditional(operation::Request made, std::uint64_t revision, std::uint64_t edit = 0) {
  made.expected = model::Version{revision, edit};
  return made;
}

operation::Request of_revision(operation::Request made, std::uint64_t revision) {
  made.revision = revision;
  return made;
}

operation::Request as_draft(operation::Request made) {
  made.status = model::Status::draft;
  return made;
}

}  // namespace

TEST_CASE("create makes the first revision, under the caller's id or a UUIDv7") {
  Rig rig;
  const base::Json made = body_of(rig.create("n1", R"({"title":"one"})"));
  CHECK(made["id"] == "n1");
  CHECK(made["revision"] == 1);
  CHECK(made["status"] == "stable");
  CHECK(made["created_by"] == "ann");
  CHECK(made["deleted"] == false);
  CHECK(made["data"] == base::Json{{"title", "one"}});
  const auto id = body_of(rig.create("", "{}"))["id"].get<std::string>();
  CHECK(id.size() == 36);
  CHECK(id[14] == '7');
}

TEST_CASE("create of an id that is taken is a conflict and never an overwrite, for a deleted one too") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  CHECK(error_of(rig.create("n1", R"({"title":"two"})")).code == Code::already_exists);
  REQUIRE(rig.act(Action::remove, "n1").answer);
  CHECK(error_of(rig.create("n1", R"({"title":"two"})")).code == Code::already_exists);
}

TEST_CASE("an id that could leave the store, or a type that is not declared, is refused") {
  Rig rig;
  for (const char* id : {"../../x", ".", "..", "a/b", "a b", ""}) {
    if (*id == '\0') continue;
    CHECK(error_of(rig.create(id, "{}")).code == Code::invalid_argument);
  }
  operation::Request unknown = request(Action::create, "x", "{}");
  unknown.type = "nothing";
  const base::Error error = error_of(rig.run(unknown));
  CHECK(error.code == Code::not_found);
  CHECK(error.message.find("note, task") != std::string::npos);
}

TEST_CASE("update replaces the whole document as a new revision, and equal content makes none") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one","priority":1})").answer);
  const base::Json updated = body_of(rig.update("n1", R"({"title":"two"})"));
  CHECK(updated["revision"] == 2);
  CHECK(updated["data"] == base::Json{{"title", "two"}});
  const operation::Outcome same = rig.update("n1", R"({ "title": "two" })");
  CHECK(body_of(same)["revision"] == 2);
  CHECK_FALSE(same.answer->changed);
}

TEST_CASE("a precondition that does not hold stops the write and says what was found") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  REQUIRE(rig.update("n1", R"({"title":"two"})").answer);
  const base::Error error = error_of(rig.run(conditional(request(Action::update, "n1", R"({"title":"three"})"), 1)));
  CHECK(error.code == Code::precondition_failed);
  CHECK(error.message == "note/n1: wanted version 1, found 2");
  CHECK(body_of(rig.get("n1"))["data"]["title"] == "two");
  CHECK(rig.run(conditional(request(Action::update, "n1", R"({"title":"three"})"), 2)).answer);
}

TEST_CASE("modify edits the current draft in place, and a stable revision is refused") {
  Rig rig;
  REQUIRE(rig.run(as_draft(request(Action::create, "n1", R"({"title":"one"})"))).answer);
  const operation::Outcome modified = rig.act(Action::modify, "n1", R"({"title":"better"})");
  CHECK(body_of(modified)["revision"] == 1);
  CHECK(modified.answer->version == model::Version{1, 1});
  CHECK(body_of(modified)["data"]["title"] == "better");
  // The version that was edited is not the one that others have seen.
  CHECK(error_of(rig.run(conditional(request(Action::modify, "n1", "{}"), 1))).code == Code::precondition_failed);
  CHECK(rig.run(conditional(request(Action::modify, "n1", "{}"), 1, 1)).answer);

  REQUIRE(rig.create("n2", "{}").answer);
  CHECK(error_of(rig.act(Action::modify, "n2", "{}")).code == Code::conflict);
}

TEST_CASE("patch takes both formats, and one that does not apply changes nothing") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one","priority":1})").answer);
  const base::Json patched = body_of(rig.act(Action::patch, "n1", R"([{"op":"replace","path":"/title","value":"two"}])"));
  CHECK(patched["data"] == base::Json{{"title", "two"}, {"priority", 1}});
  operation::Request merge = request(Action::patch, "n1", R"({"priority":null})");
  merge.patch_format = operation::PatchFormat::merge_patch;
  CHECK(body_of(rig.run(merge))["data"] == base::Json{{"title", "two"}});
  CHECK(error_of(rig.act(Action::patch, "n1", R"([{"op":"test","path":"/title","value":"one"}])")).code == Code::conflict);
  CHECK(error_of(rig.act(Action::patch, "n1", R"([{"op":"twist"}])")).code == Code::invalid_argument);
  CHECK(error_of(rig.act(Action::patch, "n1", "[{")).code == Code::invalid_argument);
  CHECK(body_of(rig.get("n1"))["revision"] == 3);
}

TEST_CASE("delete hides, restore brings back, each only when it can") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  CHECK(error_of(rig.act(Action::restore, "n1")).code == Code::conflict);
  CHECK(body_of(rig.act(Action::remove, "n1"))["deleted"] == true);
  CHECK(error_of(rig.get("n1")).code == Code::not_found);
  CHECK(error_of(rig.update("n1", "{}")).code == Code::not_found);
  CHECK(error_of(rig.act(Action::remove, "n1")).code == Code::not_found);
  operation::Request with_deleted = request(Action::get, "n1");
  with_deleted.deleted = store::Deleted::include;
  CHECK(body_of(rig.run(with_deleted))["data"]["title"] == "one");
  CHECK(body_of(rig.act(Action::restore, "n1"))["deleted"] == false);
  CHECK(rig.get("n1").answer);
}

TEST_CASE("switch makes an older revision current, and the next update branches from it") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"one"})").answer);
  REQUIRE(rig.update("n1", R"({"title":"two"})").answer);
  CHECK(body_of(rig.run(of_revision(request(Action::switch_to, "n1"), 1)))["data"]["title"] == "one");
  CHECK(body_of(rig.update("n1", R"({"title":"three"})"))["revision"] == 3);
  const base::Json list = body_of(rig.act(Action::list_revisions, "n1"))["items"];
  REQUIRE(list.size() == 3);
  CHECK(list[2]["parent"] == 1);
  CHECK(list[2]["current"] == true);
  CHECK(body_of(rig.run(of_revision(request(Action::get_revision, "n1"), 2)))["data"]["title"] == "two");
  CHECK(error_of(rig.run(of_revision(request(Action::switch_to, "n1"), 9))).code == Code::not_found);
}

TEST_CASE("purge removes a resource for good, deleted or not") {
  Rig rig;
  REQUIRE(rig.create("n1", "{}").answer);
  REQUIRE(rig.act(Action::remove, "n1").answer);
  CHECK(body_of(rig.act(Action::purge, "n1"))["purged"] == true);
  CHECK(error_of(rig.act(Action::purge, "n1")).code == Code::not_found);
  CHECK(body_of(rig.create("n1", "{}"))["revision"] == 1);
}

TEST_CASE("search filters, sorts and pages over indexed members, for the caller's tenant alone") {
  Rig rig;
  for (int i = 0; i < 7; ++i)
    REQUIRE(rig.create("n" + std::to_string(i), R"({"title":"t","priority":)" + std::to_string(i % 3) + "}").answer);
  operation::Request other = request(Action::create, "theirs", R"({"title":"t","priority":2})");
  other.caller.tenant = "other";
  REQUIRE(rig.run(other).answer);

  operation::Request search = request(Action::search);
  search.query = "filter=/priority>=1&sort=-/priority,id&limit=3&total=true";
  base::Json page = body_of(rig.run(search));
  CHECK(page["total"] == 4);
  REQUIRE(page["items"].size() == 3);
  CHECK(page["items"][0]["id"] == "n2");
  CHECK(page["items"][1]["id"] == "n5");
  search.query += "&cursor=" + page["next"].get<std::string>();
  page = body_of(rig.run(search));
  REQUIRE(page["items"].size() == 1);
  CHECK(page["items"][0]["id"] == "n4");
  CHECK(page["next"].is_null());
}

TEST_CASE("a search that cannot be is refused with what could be") {
  Rig rig;
  for (const char* query : {"filter=/nowhere=1", "filter=title", "sort=age", "limit=0", "limit=x", "colour=red", "cursor=x%zz", "total=maybe"}) {
    operation::Request search = request(Action::search);
    search.query = query;
    INFO(query);
    CHECK(error_of(rig.run(search)).code == Code::invalid_argument);
  }
}

TEST_CASE("a search has at most 16 filters and 8 fields to sort by") {
  Rig rig;
  const auto times = [](std::size_t count, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
  };
  operation::Request search = request(Action::search);
  search.query = times(16, "filter=/priority>=1&") + "sort=id" + times(7, ",-/priority");
  CHECK(rig.run(search).answer);
  search.query = times(17, "filter=/priority>=1&");
  CHECK(error_of(rig.run(search)) == base::Error{Code::invalid_argument, "filters: wanted at most 16, found 17"});
  search.query = "sort=id" + times(8, ",-/priority");
  CHECK(error_of(rig.run(search)) == base::Error{Code::invalid_argument, "fields to sort by: wanted at most 8, found 9"});
}

TEST_CASE("a document that is too deep, too large, not JSON or has a member twice is refused") {
  Rig rig([](manifest::OperationSettings& settings) { settings.max_document_bytes = 1000; settings.max_json_depth = 8; });
  CHECK(error_of(rig.create("a", std::string(9, '[') + std::string(9, ']'))).code == Code::too_large);
  CHECK(error_of(rig.create("a", "\"" + std::string(1000, 'x') + "\"")).code == Code::too_large);
  for (const char* text : {"", "{", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}", "nul", "{} {}"})
    CHECK(error_of(rig.create("a", text)).code == Code::invalid_argument);
  CHECK(error_of(rig.get("a")).code == Code::not_found);
}

TEST_CASE("a repeated idempotency key gets the stored answer and fires nothing; for another request it is refused") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  operation::Request create = request(Action::create, "", R"({"title":"once"})");
  create.idempotency_key = "k1";
  const operation::Outcome first = rig.run(create);
  const auto calls = rig.recorded().size();
  const operation::Outcome second = rig.run(create);
  CHECK(second.answer->replayed);
  CHECK(body_of(second) == body_of(first));
  CHECK(second.answer->version == first.answer->version);
  CHECK(rig.recorded().size() == calls);

  create.body = R"({"title":"other"})";
  CHECK(error_of(rig.run(create)).code == Code::conflict);
  create.caller.actor = "bob";
  CHECK_FALSE(rig.run(create).answer->replayed);
}

TEST_CASE("a dry run tells what each handler changed and what would be written, and writes nothing") {
  Rig rig;
  rig.load({{.fixture = "scripted", .config = rig.recording()}, {.fixture = "good", .config = rig.recording()}});
  operation::Request dry = request(Action::create, "n1", R"({"do":"patch"})");
  dry.mode = operation::Mode::dry_run;
  const base::Json answer = body_of(rig.run(dry));
  CHECK(answer["dry_run"] == true);
  CHECK(answer["resource"]["data"] == base::Json{{"do", "patch"}, {"patched", true}});
  CHECK(answer["handlers"][0]["plugin"] == "scripted");
  CHECK(answer["handlers"][0]["changes"] == base::Json{{"/patched", {{"new", true}}}});
  CHECK(answer["handlers"][1]["changes"] == base::Json::object());
  CHECK(error_of(rig.get("n1")).code == Code::not_found);
  dry.body = R"({"do":"reject"})";
  CHECK(error_of(rig.run(dry)).code == Code::rejected);
  // Only `before` handlers have run.
  for (const std::string& line : rig.recorded())
    if (line.find(" create ") != std::string::npos) CHECK(line == "handle before create note n1");
}

TEST_CASE("a dry run neither uses nor takes an idempotency key") {
  Rig rig;
  operation::Request create = request(Action::create, "n1", "{}");
  create.idempotency_key = "k";
  create.mode = operation::Mode::dry_run;
  CHECK(body_of(rig.run(create))["dry_run"] == true);
  create.mode = operation::Mode::commit;
  CHECK_FALSE(rig.run(create).answer->replayed);
  create.mode = operation::Mode::dry_run;
  CHECK(error_of(rig.run(create)).code == Code::already_exists);
}

TEST_CASE("what was purged is not made again by a repeated request") {
  Rig rig;
  operation::Request create = request(Action::create, "", R"({"title":"secret"})");
  create.idempotency_key = "k";
  const auto id = rig.run(create).answer->id;
  REQUIRE(rig.act(Action::purge, id).answer);
  CHECK(error_of(rig.run(create)).code == Code::conflict);
  CHECK(body_of(rig.act(Action::search, ""))["items"].empty());
}

TEST_CASE("a patch that copies a document into itself again and again is refused") {
  Rig rig([](manifest::OperationSettings& settings) { settings.max_document_bytes = 64 << 10; });
  REQUIRE(rig.create("n1", R"({"a":[0]})").answer);
  std::string wide = "[";
  for (int i = 0; i < 40; ++i) wide += R"({"op":"copy","from":"/a","path":"/a/-"},)";
  wide.back() = ']';
  CHECK(error_of(rig.act(Action::patch, "n1", wide)).code == Code::too_large);
  std::string deep = "[";
  std::string path = "/a/0";
  for (int i = 0; i < 9; ++i) {
    deep += R"({"op":"copy","from":"/a","path":")" + path + R"("},)";
    path += path;
  }
  deep.back() = ']';
  CHECK_FALSE(rig.act(Action::patch, "n1", deep).answer);
  CHECK(body_of(rig.get("n1"))["revision"] == 1);
}

TEST_CASE("the times of the handlers are told when asked for") {
  Rig rig;
  rig.load({{.fixture = "good"}});
  operation::Request timed = request(Action::create, "n1", "{}");
  timed.timing = operation::Timing::per_handler;
  const auto outcome = rig.run(timed);
  REQUIRE(outcome.times.size() == 3);
  CHECK(outcome.times[0].plugin == "good");
  CHECK(outcome.times[0].phase == model::Phase::before);
}

TEST_CASE("a closed host refuses operations") {
  Rig rig;
  REQUIRE(rig.conductor().close(std::chrono::seconds(5)) == 0);
  CHECK(error_of(rig.get("n1")).code == Code::unavailable);
  CHECK(error_of(rig.create("n1", "{}")).code == Code::unavailable);
}
