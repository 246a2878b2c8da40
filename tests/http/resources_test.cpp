#include <nlohmann/json.hpp>

#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using test::Fixture;
using test::MemoryOperations;
using test::Reply;

namespace {

constexpr const char* json_type = "Content-Type: application/json\r\n";

Reply create_note(const Fixture& fixture, const std::string& id) {
  return fixture.post("/v1/resources/note?id=" + id, R"({"title":"first"})");
}

}  // namespace

TEST_CASE("create answers 201 with Location, ETag and the resource") {
  Fixture fixture;
  const Reply reply = create_note(fixture, "n1");
  CHECK(reply.status == 201);
  CHECK(reply.field("location") == "/v1/resources/note/n1");
  CHECK(reply.field("etag") == "\"1\"");
  CHECK(reply.field("content-type") == "application/json");
  CHECK(reply.field("date").size() == 29);
  CHECK_FALSE(reply.field("x-operation-id").empty());
  CHECK(reply.json()["data"]["title"] == "first");
  CHECK(fixture.operations.last().action == model::Action::create);
}

TEST_CASE("create without an id names the one that was made") {
  Fixture fixture;
  const Reply reply = fixture.post("/v1/resources/note", "{}");
  CHECK(reply.status == 201);
  CHECK(reply.field("location") == "/v1/resources/note/" + reply.json()["id"].get<std::string>());
}

TEST_CASE("create on an existing id is a 409, and a 412 with If-None-Match: *") {
  Fixture fixture;
  create_note(fixture, "n1");
  const Reply conflict = create_note(fixture, "n1");
  CHECK(conflict.status == 409);
  CHECK(conflict.json()["code"] == "already_exists");
  const Reply failed = fixture.post("/v1/resources/note?id=n1", "{}", "If-None-Match: *\r\n");
  CHECK(failed.status == 412);
  CHECK(failed.json()["code"] == "precondition_failed");
  CHECK(fixture.post("/v1/resources/note?id=n2", "{}", "If-None-Match: *\r\n").status == 201);
}

TEST_CASE("every action goes by its own route") {
  Fixture fixture;
  create_note(fixture, "n1");
  const auto last = [&] { return fixture.operations.last(); };
  const std::string one = "/v1/resources/note/n1";

  CHECK(fixture.ask("GET", one).status == 200);
  CHECK(last().action == model::Action::get);
  CHECK(fixture.ask("PUT", one + "?status=draft", json_type, R"({"title":"second"})").status == 200);
  CHECK(last().action == model::Action::update);
  CHECK(last().status == model::Status::draft);
  const Reply modified = fixture.post(one + "/modify", R"({"title":"edited"})");
  CHECK(modified.status == 200);
  CHECK(modified.field("etag") == "\"2.1\"");
  CHECK(last().action == model::Action::modify);
  const Reply merged = fixture.ask("PATCH", one, "Content-Type: application/merge-patch+json\r\n", R"({"more":1})");
  CHECK(merged.status == 200);
  CHECK(merged.json()["data"]["more"] == 1);
  CHECK(last().patch_format == operation::PatchFormat::merge_patch);
  const Reply patched = fixture.ask("PATCH", one, "Content-Type: application/json-patch+json\r\n",
                                    R"([{"op":"replace","path":"/title","value":"third"}])");
  CHECK(patched.status == 200);
  CHECK(patched.json()["data"]["title"] == "third");
  const Reply switched = fixture.post(one + "/switch", R"({"revision":1})");
  CHECK(switched.status == 200);
  CHECK(switched.json()["revision"] == 1);
  CHECK(last().action == model::Action::switch_to);
  const Reply revisions = fixture.ask("GET", one + "/revisions?after=1&limit=2");
  CHECK(revisions.status == 200);
  CHECK(last().revision == 1);
  CHECK(last().query == "after=1&limit=2");
  CHECK(revisions.json()["items"][0]["revision"] == 2);
  const Reply revision = fixture.ask("GET", one + "/revisions/2");
  CHECK(revision.status == 200);
  CHECK(last().revision == 2);
  CHECK(fixture.ask("GET", "/v1/resources/note?filter=a%20b&limit=3&timing=true").status == 200);
  CHECK(last().action == model::Action::search);
  CHECK(last().query == "filter=a%20b&limit=3");
  const Reply deleted = fixture.ask("DELETE", one);
  CHECK(deleted.status == 200);
  CHECK(deleted.json()["deleted"] == true);
  CHECK(fixture.ask("GET", one).status == 404);
  CHECK(fixture.ask("GET", one + "?deleted=include").status == 200);
  CHECK(fixture.ask("POST", one + "/restore").status == 200);
  const Reply purged = fixture.ask("POST", one + "/purge");
  CHECK(purged.status == 200);
  CHECK(purged.json()["purged"] == true);
  CHECK(fixture.ask("GET", one + "?deleted=include").status == 404);
}

TEST_CASE("If-Match lets a write through only for the current version") {
  Fixture fixture;
  create_note(fixture, "n1");
  struct Row {
    const char* tag;
    int status;
  };
  const Row row = GENERATE(Row{"\"1\"", 200}, Row{"*", 200}, Row{"\"2\"", 412}, Row{"\"1.1\"", 412}, Row{"W/\"1\"", 412},
                           Row{"\"abc\"", 412}, Row{"\"1\", \"2\"", 400}, Row{"1", 400}, Row{"\"1", 400});
  CAPTURE(row.tag);
  const Reply reply = fixture.ask("PUT", "/v1/resources/note/n1", std::string(json_type) + "If-Match: " + row.tag + "\r\n", "{}");
  CHECK(reply.status == row.status);
}

TEST_CASE("If-None-Match answers 304 without a body for the version that the client has") {
  Fixture fixture;
  create_note(fixture, "n1");
  struct Row {
    const char* tag;
    int status;
  };
  const Row row = GENERATE(Row{"\"1\"", 304}, Row{"W/\"1\"", 304}, Row{"*", 304}, Row{"\"7\", \"1\"", 304}, Row{"\"2\"", 200},
                           Row{"nonsense", 200});
  CAPTURE(row.tag);
  const Reply reply = fixture.ask("GET", "/v1/resources/note/n1", std::string("If-None-Match: ") + row.tag + "\r\n");
  CHECK(reply.status == row.status);
  CHECK(reply.field("etag") == "\"1\"");
  CHECK(reply.body.empty() == (row.status == 304));
}

TEST_CASE("If-Match on a read answers 412 for another version") {
  Fixture fixture;
  create_note(fixture, "n1");
  CHECK(fixture.ask("GET", "/v1/resources/note/n1", "If-Match: \"1\"\r\n").status == 200);
  CHECK(fixture.ask("GET", "/v1/resources/note/n1", "If-Match: \"2\"\r\n").status == 412);
}

TEST_CASE("a repeated Idempotency-Key is answered with Idempotency-Replayed") {
  Fixture fixture;
  const Reply first = fixture.post("/v1/resources/note", "{}", "Idempotency-Key: k1\r\n");
  const Reply again = fixture.post("/v1/resources/note", "{}", "Idempotency-Key: k1\r\n");
  CHECK(first.field("idempotency-replayed").empty());
  CHECK(again.status == 201);
  CHECK(again.field("idempotency-replayed") == "true");
  CHECK(again.body == first.body);
}

TEST_CASE("dry_run is handed on and answered with 200") {
  Fixture fixture;
  const Reply reply = fixture.post("/v1/resources/note?id=n1&dry_run=true", "{}");
  CHECK(reply.status == 200);
  CHECK(reply.json()["dry_run"] == true);
  CHECK(reply.field("location").empty());
  CHECK(fixture.ask("GET", "/v1/resources/note/n1").status == 404);
}

TEST_CASE("the caller names itself, but not as a plugin") {
  Fixture fixture;
  CHECK(fixture.post("/v1/resources/note", "{}", "X-Actor: eve\r\nX-Tenant: acme\r\n").status == 201);
  CHECK(fixture.operations.last().caller.actor == "eve");
  CHECK(fixture.operations.last().caller.tenant == "acme");
  CHECK(fixture.post("/v1/resources/note", "{}").status == 201);
  CHECK(fixture.operations.last().caller.actor == "anonymous");
  CHECK(fixture.operations.last().caller.tenant.empty());
  CHECK(fixture.post("/v1/resources/note", "{}", "X-Actor: plugin:audit\r\n").status == 403);
  CHECK(fixture.post("/v1/resources/note", "{}", "X-Actor: two words\r\n").status == 400);
  CHECK(fixture.post("/v1/resources/note", "{}", "X-Tenant: two words\r\n").status == 400);
}

TEST_CASE("the correlation id of the caller is carried on and answered, a bad one is replaced") {
  Fixture fixture;
  const Reply given = fixture.ask("GET", "/v1/resources/note", "X-Correlation-Id: order 66\r\n");
  CHECK(given.field("x-correlation-id") == "order 66");
  CHECK(fixture.operations.last().correlation_id == "order 66");
  const Reply made = fixture.ask("GET", "/v1/resources/note");
  CHECK(made.field("x-correlation-id").size() == 36);
  CHECK(fixture.operations.last().correlation_id == made.field("x-correlation-id"));
  const Reply replaced = fixture.ask("GET", "/v1/resources/note", "X-Correlation-Id: " + std::string(129, 'x') + "\r\n");
  CHECK(replaced.field("x-correlation-id").size() == 36);
  CHECK(fixture.ask("GET", "/nowhere").field("x-correlation-id").size() == 36);
}

TEST_CASE("timing=true tells in Server-Timing how long each handler took") {
  Fixture fixture;
  CHECK(fixture.ask("GET", "/v1/resources/note?timing=true").field("server-timing") ==
        R"(title-check;desc="before check \"title\"";dur=1.234)");
  CHECK(fixture.ask("GET", "/v1/resources/note").field("server-timing").empty());
}

TEST_CASE("HEAD answers as GET does, without the body") {
  Fixture fixture;
  create_note(fixture, "n1");
  const Reply get = fixture.ask("GET", "/v1/resources/note/n1");
  auto wire = fixture.connect();
  wire.send(test::request("HEAD", "/v1/resources/note/n1") + test::request("GET", "/healthz"));
  const auto head = wire.read(test::Wire::Reading::head_only);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->field("content-length") == std::to_string(get.body.size()));
  CHECK(head->field("etag") == "\"1\"");
  CHECK(wire.read()->json()["status"] == "ok");
}

TEST_CASE("a write of another media type is a 415 that names the right ones") {
  Fixture fixture;
  create_note(fixture, "n1");
  CHECK(fixture.ask("POST", "/v1/resources/note", "Content-Type: text/plain\r\n", "{}").status == 415);
  CHECK(fixture.ask("POST", "/v1/resources/note", "", "{}").status == 415);
  CHECK(fixture.ask("POST", "/v1/resources/note", "Content-Type: application/json; charset=latin1\r\n", "{}").status == 415);
  CHECK(fixture.ask("POST", "/v1/resources/note", "Content-Type: Application/JSON;Charset=UTF-8\r\n", "{}").status == 201);
  CHECK(fixture.post("/v1/resources/note", "{}", "Content-Encoding: gzip\r\n").status == 415);
  const Reply patch = fixture.ask("PATCH", "/v1/resources/note/n1", json_type, "{}");
  CHECK(patch.status == 415);
  CHECK(patch.field("accept-patch") == "application/json-patch+json, application/merge-patch+json");
}

TEST_CASE("options that mean nothing are refused with what was wanted and found") {
  Fixture fixture;
  create_note(fixture, "n1");
  const std::string target =
      GENERATE("/v1/resources/note/n1?deleted=maybe", "/v1/resources/note/n1?colour=red", "/v1/resources/note/n1?timing=yes",
               "/v1/resources/note/n1?deleted=include&deleted=include", "/v1/resources/note/n1/revisions?after=x",
               "/v1/resources/note/n1/revisions?limit=-1", "/v1/resources/note/n1/revisions/0", "/v1/resources/note/n1/revisions/1x",
               "/v1/dump?after=note", "/v1/hooks?action=create", "/v1/resources/note?timing=1");
  CAPTURE(target);
  const Reply reply = fixture.ask("GET", target);
  CHECK(reply.status == 400);
  CHECK(reply.json()["detail"].get<std::string>().find("wanted") != std::string::npos);
}

TEST_CASE("a switch wants exactly a revision") {
  Fixture fixture;
  create_note(fixture, "n1");
  const std::string body = GENERATE("{}", R"({"revision":0})", R"({"revision":"1"})", R"({"revision":1,"more":2})", "[1]", "nonsense");
  CAPTURE(body);
  CHECK(fixture.post("/v1/resources/note/n1/switch", body).status == 400);
}

TEST_CASE("an operation that is answered on another thread is answered all the same, in order") {
  Fixture fixture;
  fixture.operations.answer(MemoryOperations::Answering::other_thread);
  create_note(fixture, "n1");
  auto wire = fixture.connect();
  std::string all;
  for (int i = 0; i < 50; ++i) all += test::request("GET", "/v1/resources/note/n1", "X-Correlation-Id: c" + std::to_string(i) + "\r\n");
  wire.send(all);
  for (int i = 0; i < 50; ++i) {
    const auto reply = wire.read();
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->field("x-correlation-id") == "c" + std::to_string(i));
  }
}
