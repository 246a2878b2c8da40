#include "http/problem.hpp"

#include <nlohmann/json.hpp>

#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using base::Code;

TEST_CASE("every error code has its status") {
  struct Row {
    Code code;
    int status;
  };
  const Row row = GENERATE(Row{Code::rejected, 422}, Row{Code::invalid_argument, 400}, Row{Code::invalid_document, 422},
                           Row{Code::unauthenticated, 401}, Row{Code::denied, 403}, Row{Code::not_found, 404},
                           Row{Code::already_exists, 409}, Row{Code::conflict, 409}, Row{Code::precondition_failed, 412},
                           Row{Code::too_large, 413}, Row{Code::timeout, 504}, Row{Code::depth_exceeded, 508},
                           Row{Code::unavailable, 503}, Row{Code::cancelled, 503}, Row{Code::plugin_fault, 502},
                           Row{Code::storage, 500}, Row{Code::unsupported, 501}, Row{Code::internal, 500});
  test::Fixture fixture;
  fixture.operations.fail_with(base::Error{.code = row.code, .message = "wanted one thing, found another"});
  const test::Reply reply = fixture.ask("GET", "/v1/resources/note/n1");
  CHECK(reply.status == row.status);
  CHECK(reply.field("content-type") == "application/problem+json");
  const base::Json problem = reply.json();
  CHECK(problem["status"] == row.status);
  CHECK(problem["code"] == base::name_of(row.code));
  CHECK(problem["type"] == "about:blank");
  CHECK(problem["title"] == http::phrase_of(row.status));
  CHECK(problem["detail"] == "wanted one thing, found another");
  CHECK(problem["operation_id"] == reply.field("x-operation-id"));
  CHECK(reply.field("retry-after").empty() == (row.status != 503));
}

TEST_CASE("a full disk is told as 507") {
  CHECK(http::status_of({.code = Code::storage, .message = "commit: database or disk is full"}) == 507);
}

TEST_CASE("a plugin's rejection tells its plugin, its reason and its details") {
  test::Fixture fixture;
  fixture.operations.fail_with(base::Error{.code = Code::rejected,
                                           .message = "the title is \"blank\"",
                                           .reason = "blank_title",
                                           .details = R"({"field":"/title"})",
                                           .plugin = "title-check"});
  const base::Json problem = fixture.post("/v1/resources/note", "{}").json();
  CHECK(problem["plugin"] == "title-check");
  CHECK(problem["reason"] == "blank_title");
  CHECK(problem["details"]["field"] == "/title");
  CHECK(problem["detail"] == "the title is \"blank\"");
}
