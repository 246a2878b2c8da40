#include <tuple>

#include "app/place.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using app::ExitCode;
using Connection = ScriptedServer::Connection;

TEST_CASE("each verb of resource is its HTTP request") {
  struct Row {
    std::vector<std::string> arguments;
    std::string line;
    std::string body;
  };
  const std::vector<Row> rows{
      {{"create", "note", "{\"a\":1}"}, "POST /v1/resources/note HTTP/1.1", "{\"a\":1}"},
      {{"create", "note", "{}", "--id", "x", "--status", "draft"}, "POST /v1/resources/note?id=x&status=draft HTTP/1.1", "{}"},
      {{"get", "note", "x"}, "GET /v1/resources/note/x HTTP/1.1", ""},
      {{"get", "note", "x", "--deleted"}, "GET /v1/resources/note/x?deleted=include HTTP/1.1", ""},
      {{"get", "note", "x", "--revision", "2"}, "GET /v1/resources/note/x/revisions/2 HTTP/1.1", ""},
      {{"update", "note", "x", "[1,2]", "--dry-run"}, "PUT /v1/resources/note/x?dry_run=true HTTP/1.1", "[1,2]"},
      {{"modify", "note", "x", "{}"}, "POST /v1/resources/note/x/modify HTTP/1.1", "{}"},
      {{"patch", "note", "x", "{}"}, "PATCH /v1/resources/note/x HTTP/1.1", "{}"},
      {{"delete", "note", "x"}, "DELETE /v1/resources/note/x HTTP/1.1", ""},
      {{"restore", "note", "x"}, "POST /v1/resources/note/x/restore HTTP/1.1", ""},
      {{"purge", "note", "x"}, "POST /v1/resources/note/x/purge HTTP/1.1", ""},
      {{"switch", "note", "x", "--revision", "2"}, "POST /v1/resources/note/x/switch HTTP/1.1", "{\"revision\":2}"},
      {{"revisions", "note", "x", "--after", "3", "--limit", "5"}, "GET /v1/resources/note/x/revisions?limit=5&after=3 HTTP/1.1", ""},
  };
  for (auto row : rows) {
    row.arguments.insert(row.arguments.begin(), "resource");
    const Received request = request_of(row.arguments);
    CHECK(request.line() == row.line);
    CHECK(request.body == row.body);
  }
}

TEST_CASE("a search carries its filters, sort, limit and cursor") {
  const Received request = request_of({"resource", "search", "note", "--filter", "a = [1]", "--filter", "b >= 2", "--sort", "-/p,id",
                                       "--limit", "7", "--cursor", "c+/=", "--total", "--deleted-only"});
  CHECK(request.line() ==
        "GET /v1/resources/note?filter=a%20%3D%20%5B1%5D&filter=b%20%3E%3D%202&sort=-%2Fp%2Cid&limit=7&total=true&deleted=only"
        "&cursor=c%2B%2F%3D HTTP/1.1");
}

TEST_CASE("actor, tenant, precondition and idempotency key are headers") {
  const Received request = request_of({"resource", "update", "note", "x", "{}", "--actor", "ann", "--tenant", "t1", "--if-match",
                                       "3.2", "--idempotency-key", "k 1"});
  CHECK(request.has("X-Actor: ann"));
  CHECK(request.has("X-Tenant: t1"));
  CHECK(request.has("If-Match: \"3.2\""));
  CHECK(request.has("Idempotency-Key: k 1"));
  CHECK(request.has("Content-Type: application/json"));
  CHECK(request_of({"resource", "delete", "note", "x", "--if-match", "*"}).has("If-Match: *"));
  CHECK(request_of({"resource", "delete", "note", "x", "--if-match", "\"4\""}).has("If-Match: \"4\""));
}

TEST_CASE("an --if-match that is no revision is a usage error and nothing is sent") {
  const ProgramRun result = run_program({"resource", "delete", "note", "x", "--if-match", "three", "--url", "http://127.0.0.1:1"});
  CHECK(result.code == ExitCode::usage);
  CHECK(result.err == "backplane: invalid_argument: --if-match: wanted a revision such as 3 or 3.2, found \"three\"\n");
}

TEST_CASE("a patch's format follows its first character unless it is told") {
  const std::string json_patch = "Content-Type: application/json-patch+json";
  const std::string merge_patch = "Content-Type: application/merge-patch+json";
  CHECK(request_of({"resource", "patch", "note", "x", " [ ]"}).has(json_patch));
  CHECK(request_of({"resource", "patch", "note", "x", "{}"}).has(merge_patch));
  CHECK(request_of({"resource", "patch", "note", "x", "[]", "--merge"}).has(merge_patch));
  CHECK(request_of({"resource", "patch", "note", "x", "{}", "--json-patch"}).has(json_patch));
}

TEST_CASE("a document comes from the argument, a file or standard input") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string doc = folder->path() / "doc.json";
  const std::string none = folder->path() / "none.json";
  write_text(doc, "{\"from\":\"file\"}");
  CHECK(request_of({"resource", "create", "note", "@" + doc}).body == "{\"from\":\"file\"}");
  CHECK(request_of({"resource", "create", "note", "-"}, "{\"from\":\"stdin\"}").body == "{\"from\":\"stdin\"}");
  CHECK(request_of({"resource", "create", "note"}, "{\"from\":\"stdin\"}").body == "{\"from\":\"stdin\"}");
  const ProgramRun result = run_program({"resource", "create", "note", "@" + none});
  CHECK(result.code == ExitCode::usage);
  CHECK(result.err == "backplane: invalid_argument: cannot read " + none + ": No such file or directory\n");
}

TEST_CASE("an answer is compact for programs and indented on a terminal, with its own digits and order") {
  const std::string body = R"({"z": 1.0, "a": [1e2, {}, []], "s": "a\",{"})";
  CHECK(run_against(200, body, {"resource", "get", "note", "x"}).out == "{\"z\":1.0,\"a\":[1e2,{},[]],\"s\":\"a\\\",{\"}\n");
  CHECK(run_against(200, body, {"resource", "get", "note", "x"}, {true, true}).out ==
        "{\n  \"z\": 1.0,\n  \"a\": [\n    1e2,\n    {},\n    []\n  ],\n  \"s\": \"a\\\",{\"\n}\n");
  CHECK(run_against(200, body, {"resource", "get", "note", "x", "--json"}, {true, true}).out ==
        "{\"z\":1.0,\"a\":[1e2,{},[]],\"s\":\"a\\\",{\"}\n");
}

TEST_CASE("a problem is told with its code, plugin, reason, details and operation") {
  const std::string body = R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"title is blank",)"
                           R"("code":"rejected","operation_id":"0190","plugin":"title-check","reason":"blank","details":{"at":"/title"}})";
  const ProgramRun text = run_against(422, body, {"resource", "create", "note", "{}"});
  CHECK(text.code == ExitCode::refused);
  CHECK(text.out.empty());
  CHECK(text.err ==
        "backplane: rejected: title is blank\n  plugin: title-check\n  reason: blank\n  details: {\"at\":\"/title\"}\n  operation: 0190\n");
  const ProgramRun json = run_against(422, body, {"resource", "create", "note", "{}", "--json"});
  CHECK(json.code == ExitCode::refused);
  CHECK(json.err == body + "\n");
}

TEST_CASE("exit codes follow the problem's code, and the status where there is none") {
  const std::vector<std::tuple<int, std::string, ExitCode>> rows{
      {404, R"({"code":"not_found"})", ExitCode::not_found},
      {409, R"({"code":"already_exists"})", ExitCode::conflict},
      {412, R"({"code":"precondition_failed"})", ExitCode::conflict},
      {422, R"({"code":"invalid_document"})", ExitCode::refused},
      {403, R"({"code":"denied"})", ExitCode::denied},
      {400, R"({"code":"invalid_argument"})", ExitCode::usage},
      {503, R"({"code":"unavailable"})", ExitCode::unreachable},
      {504, R"({"code":"timeout"})", ExitCode::unreachable},
      {502, R"({"code":"plugin_fault"})", ExitCode::failed},
      {404, "<html>", ExitCode::not_found},
      {500, "", ExitCode::failed},
      {418, R"({"code":"of the future"})", ExitCode::failed},
  };
  for (const auto& [status, body, code] : rows) CHECK(run_against(status, body, {"resource", "get", "note", "x"}).code == code);
}

TEST_CASE("a host that is not there is exit code 3, as text or JSON") {
  const std::string url = "http://127.0.0.1:" + std::to_string(closed_port());
  const ProgramRun text = run_program({"resource", "get", "note", "x", "--url", url});
  CHECK(text.code == ExitCode::unreachable);
  CHECK(text.err == "backplane: unavailable: " + url + ": cannot connect: Connection refused\n");
  const ProgramRun json = run_program({"resource", "get", "note", "x", "--url", url, "--json"});
  CHECK(json.code == ExitCode::unreachable);
  CHECK(json.err.find("\"code\":\"unavailable\"") != std::string::npos);
}

TEST_CASE("a host that hangs is given up after --timeout") {
  const ScriptedServer server([](const Connection& connection, std::size_t) { connection.wait_for_end(); });
  const ProgramRun result = run_program({"resource", "get", "note", "x", "--url", server.url(), "--timeout", "0.05"});
  CHECK(result.code == ExitCode::unreachable);
  CHECK(result.err.find("no progress within 50 ms") != std::string::npos);
}

TEST_CASE("--all joins the pages of a search into one") {
  std::vector<Received> requests;
  ProgramRun result;
  {
    const auto server = ScriptedServer::answering({{200, R"({"items":[{"n":1.0},{"n":2}],"next":"c/1","total":3})"},
                                                   {200, R"({"items":[{"n":3}],"next":null,"total":3})"}},
                                                  requests);
    result = run_program({"resource", "search", "note", "--all", "--limit", "2", "--url", server.url()});
  }
  CHECK(result.code == ExitCode::done);
  CHECK(result.out == "{\"items\":[{\"n\":1.0},{\"n\":2},{\"n\":3}],\"next\":null,\"total\":3}\n");
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].line() == "GET /v1/resources/note?limit=2&cursor=c%2F1 HTTP/1.1");
}

TEST_CASE("--all on revisions goes on after the last one, and an empty search is an empty page") {
  const auto requests = requests_of({"resource", "revisions", "note", "x", "--all"}, "",
                                    {{200, R"({"items":[{"revision":1}],"next":1})"}, {200, R"({"items":[],"next":null})"}});
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].line() == "GET /v1/resources/note/x/revisions?after=1 HTTP/1.1");
  CHECK(run_against(200, R"({"items":[],"next":null})", {"resource", "search", "note", "--all"}).out == "{\"items\":[],\"next\":null}\n");
}

TEST_CASE("a page that names itself as the next one does not go on for ever") {
  const ProgramRun result = run_against(200, R"({"items":[],"next":"same"})", {"resource", "search", "note", "--all"});
  CHECK(result.code == ExitCode::failed);
}

TEST_CASE("plugins and chains are tables for people and JSON for programs") {
  const std::string plugins = R"([{"id":"title-check","version":"1.0.0","state":"running","hooks":[{}]},{"id":"x","state":"left_out","error":"why"}])";
  CHECK(run_against(200, plugins, {"plugin", "list"}).out ==
        "ID           VERSION  STATE     ERROR\n"
        "title-check  1.0.0    running   -\n"
        "x            -        left_out  why\n");
  CHECK(run_against(200, plugins, {"plugin", "list", "--json"}).out.starts_with("[{\"hooks\""));
  const std::string chain = R"({"action":"create","type":"note","handlers":[)"
                            R"({"phase":"before","plugin":"title-check","handler":"trim","on_fault":"fail"},)"
                            R"({"phase":"after","plugin":"audit","handler":"log"}]})";
  CHECK(run_against(200, chain, {"plugin", "explain", "create", "note"}).out ==
        "PHASE   PLUGIN       HANDLER  ON FAULT\nbefore  title-check  trim     fail\nafter   audit        log      -\n");
  CHECK(run_against(200, R"({"handlers":[]})", {"plugin", "explain", "get", "note"}).out == "no handler runs for get on note\n");
  CHECK(run_against(200, "[]", {"plugin", "list"}).out == "no plugins\n");
}
