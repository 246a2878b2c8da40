#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "http/openapi.hpp"
#include "http/route.hpp"
#include "http/wire.hpp"
#include "operation/query.hpp"
#include "support/catch.hpp"

using namespace backplane;
using base::Json;
using test::Fixture;
using test::Reply;

namespace {

const std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string filled_in(std::string path) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"{type}", "note"}, {"{id}", "n1"}, {"{revision}", "1"}, {"{plugin}", "p"}, {"{subscription}", "s"}, {"{letter}", "1"}}) {
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  }
  return path;
}

// The methods that the description has for a path, HEAD with GET.
std::set<std::string> described(const Json& path) {
  std::set<std::string> names;
  for (const std::string& method : methods) {
    if (path.contains(lower(method))) names.insert(method);
  }
  if (names.contains("GET")) names.insert("HEAD");
  return names;
}

std::set<std::string> split(const std::string& list) {
  std::set<std::string> names;
  std::size_t begin = 0;
  while (begin < list.size()) {
    const std::size_t end = std::min(list.find(", ", begin), list.size());
    names.insert(list.substr(begin, end - begin));
    begin = end + 2;
  }
  return names;
}

// "f,f,f"
std::string fields(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "f" : ",f";
  return text;
}

}  // namespace

TEST_CASE("the description has every route of the table and no other") {
  const Json document = Json::parse(http::describe_routes());
  CHECK(document["openapi"] == "3.1.0");
  std::size_t count = 0;
  for (const auto& [path, operations] : document["paths"].items()) count += operations.size();
  CHECK(count == http::routes().size());
  std::set<std::string> names;
  for (const http::Route& route : http::routes()) {
    CAPTURE(route.path);
    const Json& operation = document["paths"].at(std::string(route.path)).at(lower(std::string(http::name_of(route.method))));
    CHECK(operation["operationId"] == route.name);
    CHECK(names.insert(std::string(route.name)).second);
    CHECK_FALSE(operation["summary"].get<std::string>().empty());
    CHECK(operation.contains("requestBody") == (route.payload != http::Payload::none));
    for (const Json& parameter : operation["parameters"]) {
      const bool in_path = route.path.find("{" + parameter["name"].get<std::string>() + "}") != std::string_view::npos;
      if (parameter["in"] == "path") CHECK(in_path);
    }
    for (std::size_t at = route.path.find('{'); at != std::string_view::npos; at = route.path.find('{', at + 1)) {
      const std::string name(route.path.substr(at + 1, route.path.find('}', at) - at - 1));
      CHECK(std::any_of(operation["parameters"].begin(), operation["parameters"].end(),
                        [&](const Json& parameter) { return parameter["in"] == "path" && parameter["name"] == name; }));
    }
  }
}

TEST_CASE("the description of a search tells how many filters and fields to sort by it may have") {
  const Json document = Json::parse(http::describe_routes());
  std::map<std::string, Json> schemas;
  for (const Json& parameter : document["paths"]["/v1/resources/{type}"]["get"]["parameters"])
    schemas[parameter["name"].get<std::string>()] = parameter["schema"];
  CHECK(schemas["filter"]["maxItems"] == operation::most_filters);
  const std::regex pattern(schemas["sort"]["pattern"].get<std::string>());
  CHECK(std::regex_match(fields(operation::most_sorts), pattern));
  CHECK_FALSE(std::regex_match(fields(operation::most_sorts + 1), pattern));
}

TEST_CASE("every schema that the description refers to is there") {
  const Json document = Json::parse(http::describe_routes());
  const std::string text = document.dump();
  const std::string prefix = "\"$ref\":\"#/components/schemas/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    const std::size_t begin = at + prefix.size();
    CHECK(document["components"]["schemas"].contains(text.substr(begin, text.find('"', begin) - begin)));
  }
}

TEST_CASE("the server serves what its description says, and answers 405 with Allow to everything else") {
  Fixture fixture;
  const Json document = fixture.ask("GET", "/openapi.json").json();
  for (const auto& [path, operations] : document["paths"].items()) {
    const std::set<std::string> allowed = described(operations);
    for (const std::string& method : methods) {
      CAPTURE(path, method);
      fixture.post("/v1/resources/note?id=n1", "{}");
      const Reply reply = fixture.ask(method, filled_in(path));
      if (allowed.contains(method)) {
        CHECK(reply.body.find("path: wanted") == std::string::npos);
        CHECK(reply.status != 405);
        const Json& responses = operations[lower(method == "HEAD" ? "GET" : method)]["responses"];
        CHECK(responses.contains(std::to_string(reply.status)));
      } else {
        CHECK(reply.status == 405);
        CHECK(split(reply.field("allow")) == allowed);
      }
    }
  }
}

TEST_CASE("the views answer what the host tells them") {
  Fixture fixture;
  CHECK(fixture.ask("GET", "/v1/types").json()[0]["type"] == "note");
  CHECK(fixture.ask("GET", "/v1/plugins").json()[0]["id"] == "title-check");
  CHECK(fixture.ask("GET", "/v1/hooks?action=create&type=note").json()["action"] == "create");
  CHECK(fixture.ask("GET", "/v1/hooks?action=nonsense&type=note").status == 400);
  CHECK(fixture.ask("GET", "/v1/hooks?action=create&type=nonsense").status == 404);
  CHECK(fixture.ask("GET", "/v1/recorded?limit=3").body == "[3]");
  CHECK(fixture.ask("GET", "/v1/recorded?limit=7").status == 409);
  CHECK(fixture.ask("GET", "/v1/recorded?limit=0").status == 400);
  CHECK(fixture.ask("GET", "/v1/recorded", "X-Tenant: acme\r\n").status == 403);
  CHECK(fixture.ask("GET", "/healthz").json()["status"] == "ok");
  CHECK(fixture.ask("GET", "/readyz").json()["status"] == "ready");
}

TEST_CASE("a reload is answered with its report, and a failed one with the report in its problem") {
  Fixture fixture;
  CHECK(fixture.ask("POST", "/v1/reload").json()["outcome"] == "reloaded");
  CHECK(fixture.ask("POST", "/v1/reload?dry_run=true").json()["outcome"] == "planned");
  CHECK(fixture.ask("POST", "/v1/plugins/title-check/reload").json()["plugin"] == "title-check");
  const Reply failed = fixture.ask("POST", "/v1/plugins/broken/reload");
  CHECK(failed.status == 502);
  CHECK(failed.json()["details"]["outcome"] == "failed");
  CHECK(failed.json()["plugin"] == "broken");
  CHECK(fixture.ask("POST", "/v1/reload", "X-Tenant: acme\r\n").status == 403);
}

TEST_CASE("the page is readable HTML with the types, the plugins and the routes") {
  Fixture fixture;
  const Reply page = fixture.ask("GET", "/");
  CHECK(page.field("content-type") == "text/html; charset=utf-8");
  CHECK(page.field("content-security-policy").find("default-src 'none'") == 0);
  CHECK(page.body.find("<a href=\"/v1/resources/note\">note</a>") != std::string::npos);
  CHECK(page.body.find("title-check") != std::string::npos);
  CHECK(page.body.find("<a href=\"/openapi.json\">") != std::string::npos);
}

TEST_CASE("the metrics are the host's, and behind them the server's own") {
  Fixture fixture;
  fixture.post("/v1/resources/note?id=n1", "{}");
  fixture.ask("GET", "/v1/resources/note/n1");
  fixture.ask("GET", "/v1/resources/note/n2");
  fixture.ask("GET", "/nowhere");
  const std::string text = fixture.ask("GET", "/metrics").body;
  const auto has = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
  CHECK(text.starts_with("backplane_up 1\n"));
  CHECK(has(R"(backplane_http_requests_total{method="GET",route="/v1/resources/{type}/{id}",status="2xx"} 1)"));
  CHECK(has(R"(backplane_http_requests_total{method="GET",route="/v1/resources/{type}/{id}",status="4xx"} 1)"));
  CHECK(has(R"(backplane_http_requests_total{method="POST",route="/v1/resources/{type}",status="2xx"} 1)"));
  CHECK(has(R"(backplane_http_requests_total{method="",route="",status="4xx"} 1)"));
  CHECK(has("backplane_http_requests_in_flight 1"));
  CHECK(has("backplane_http_request_seconds_count 4"));
  CHECK(has(R"(backplane_http_request_seconds_bucket{le="+Inf"} 4)"));
}
