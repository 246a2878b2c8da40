#include <nlohmann/json.hpp>

#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using test::Fixture;
using test::Reply;
using test::request;

namespace {

struct Malformed {
  std::string what;
  std::string bytes;
  int status;
};

std::string get(const std::string& target) { return request("GET", target); }

std::string chunked(const std::string& body) {
  return "POST /v1/resources/note HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

const std::string post_head = "POST /v1/resources/note HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

std::vector<Malformed> malformed() {
  return {
      {"no request line", "hello\r\n\r\n", 400},
      {"a method of control characters", "G\x01T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 505},
      {"an unknown method", request("BREW", "/"), 501},
      {"a method in lower case", request("get", "/"), 501},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400},
      {"a Host with a broken port", "GET / HTTP/1.1\r\nHost: localhost:8x\r\n\r\n", 400},
      {"a rebound name", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
      {"a name that looks like loopback", "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 421},
      {"another site in the target", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 421},
      {"a space before the colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},
      {"a field without a colon", "GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n", 400},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Actor: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
      {"a lone CR in a value", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Actor: a\rb\r\n\r\n", 400},
      {"Content-Length and Transfer-Encoding", post_head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400},
      {"Transfer-Encoding and Content-Length", post_head + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", 400},
      {"two Content-Lengths", post_head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
      {"a Content-Length that is none", post_head + "Content-Length: two\r\n\r\n{}", 400},
      {"a negative Content-Length", post_head + "Content-Length: -2\r\n\r\n{}", 400},
      {"a Content-Length beyond all numbers", post_head + "Content-Length: 99999999999999999999\r\n\r\n", 400},
      {"another transfer coding", post_head + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"a transfer coding that is not chunked", post_head + "Transfer-Encoding: identity\r\n\r\n", 501},
      {"chunked in HTTP/1.0", "POST /v1/resources/note HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"a chunk size that is none", chunked("zz\r\n{}\r\n0\r\n\r\n"), 400},
      {"a chunk size beyond all numbers", chunked("fffffffffffffffff\r\n"), 400},
      {"a chunk without its end", chunked("2\r\n{}xx0\r\n\r\n"), 400},
      {"an expectation that nobody has", post_head + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417},
      {"a target without a slash", get("v1"), 400},
      {"an asterisk", get("*"), 400},
      {"a fragment", get("/#top"), 400},
      {"a broken percent", get("/v1/resources/note/%zz"), 400},
      {"a percent at the end", get("/v1/resources/note/%4"), 400},
      {"a broken percent in the query", get("/v1/dump?type=%"), 400},
      {"an encoded NUL", get("/v1/resources/note/a%00b"), 400},
      {"an encoded slash", get("/v1/resources/note/a%2Fb"), 400},
      {"an encoded backslash", get("/v1/resources/note/a%5cb"), 400},
      {"dot dot", get("/v1/resources/note/.."), 400},
      {"encoded dot dot", get("/v1/resources/%2e%2E/x"), 400},
      {"an empty segment", get("/v1//types"), 400},
      {"a slash at the end", get("/v1/types/"), 400},
      {"overlong UTF-8", get("/v1/resources/note/%c0%af"), 400},
      {"a surrogate", get("/v1/resources/note/%ed%a0%80"), 400},
      {"bytes beyond ASCII", get("/v1/resources/note/\xc3\xa4"), 400},
      {"a deep path", get("/a/b/c/d/e/f/g/h/i/j/k/l/m/n"), 404},
      {"an unknown path", get("/v2"), 404},
      {"a method that the path does not have", request("PUT", "/healthz"), 405},
      {"a body where none belongs", request("DELETE", "/v1/resources/note/x", "", "{}"), 400},
  };
}

}  // namespace

TEST_CASE("what is malformed is refused with a problem, and the server serves on") {
  Fixture fixture;
  for (const Malformed& row : malformed()) {
    CAPTURE(row.what);
    auto wire = fixture.connect();
    REQUIRE(wire.send(row.bytes));
    const auto reply = wire.read();
    REQUIRE(reply);
    CHECK(reply->status == row.status);
    CHECK(reply->field("content-type") == "application/problem+json");
    CHECK(reply->json()["status"] == row.status);
    CHECK_FALSE(reply->json()["detail"].get<std::string>().empty());
  }
  CHECK(fixture.operations.submitted() == 0);
  CHECK(fixture.ask("GET", "/healthz").status == 200);
}

TEST_CASE("a request that ends in the middle is a 400, and reaches no operation") {
  Fixture fixture;
  const std::string whole = test::request("POST", "/v1/resources/note", "Content-Type: application/json\r\n", R"({"title":"x"})");
  for (const std::size_t length : {std::size_t(3), std::size_t(30), whole.size() - 14, whole.size() - 1}) {
    auto wire = fixture.connect();
    wire.send(whole.substr(0, length));
    wire.finish_sending();
    const auto reply = wire.read();
    REQUIRE(reply);
    CHECK(reply->status == 400);
    CHECK(reply->field("connection") == "close");
    CHECK(wire.closed());
  }
  CHECK(fixture.operations.submitted() == 0);
}

TEST_CASE("a request may come in any pieces") {
  Fixture fixture;
  const std::string fixed = request("POST", "/v1/resources/note", "Content-Type: application/json\r\n", R"({"title":"x"})");
  const std::string in_chunks = chunked("5;name=value\r\n{\"tit\r\n9\r\nle\":\"x\"}\n\r\n0\r\nTrailer: yes\r\n\r\n");
  for (const std::string& whole : {fixed, in_chunks}) {
    auto wire = fixture.connect();
    for (std::size_t split = 1; split < whole.size(); ++split) {
      REQUIRE(wire.send(whole.substr(0, split)));
      REQUIRE(wire.send(whole.substr(split)));
      const auto reply = wire.read();
      REQUIRE(reply);
      CHECK(reply->status == 201);
    }
    for (const char byte : whole) REQUIRE(wire.send({&byte, 1}));
    CHECK(wire.read()->json()["data"]["title"] == "x");
  }
}

TEST_CASE("a hundred pipelined requests are answered in their order") {
  Fixture fixture;
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string id = "X-Correlation-Id: c" + std::to_string(i) + "\r\n";
    all += i % 2 ? request("GET", "/healthz", id) : request("POST", "/v1/resources/note", id + "Content-Type: application/json\r\n", "{}");
  }
  auto wire = fixture.connect();
  wire.send(all);
  for (int i = 0; i < 100; ++i) {
    const auto reply = wire.read();
    REQUIRE(reply);
    CHECK(reply->status == (i % 2 ? 200 : 201));
    CHECK(reply->field("x-correlation-id") == "c" + std::to_string(i));
  }
}

TEST_CASE("answers of any size come whole") {
  Fixture fixture;
  auto wire = fixture.connect();
  for (const std::size_t size : {1, 1000, 16 << 10, 300 << 10, 1000 << 10}) {
    const std::string text(size, 'x');
    wire.send(request("POST", "/v1/resources/note", "Content-Type: application/json\r\n", "{\"title\":\"" + text + "\"}"));
    const auto reply = wire.read();
    REQUIRE(reply);
    CHECK(reply->status == 201);
    CHECK(reply->json()["data"]["title"].get<std::string>().size() == size);
  }
}

TEST_CASE("a connection stays open after a refusal that leaves its framing whole") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send(request("POST", "/nowhere", "", "some body") + request("POST", "/v1/resources/note", "", "not JSON either") +
            request("GET", "/healthz"));
  CHECK(wire.read()->status == 404);
  CHECK(wire.read()->status == 415);
  CHECK(wire.read()->status == 200);
}

TEST_CASE("Connection: close is obeyed") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send(request("GET", "/healthz", "Connection: close\r\n") + request("GET", "/healthz"));
  CHECK(wire.read()->field("connection") == "close");
  CHECK_FALSE(wire.read());
}

TEST_CASE("HTTP/1.0 is served, and kept alive only when it asks") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(wire.read()->field("connection") == "keep-alive");
  wire.send("GET /healthz HTTP/1.0\r\n\r\n");
  CHECK(wire.read()->field("connection") == "close");
  CHECK(wire.closed());
}

TEST_CASE("an absolute target names its own host") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send("GET http://localhost:80/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  CHECK(wire.read()->status == 200);
}

TEST_CASE("empty lines before a request are passed over") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send("\r\n\r\n" + request("GET", "/healthz") + "\r\n" + request("GET", "/healthz"));
  CHECK(wire.read()->status == 200);
  CHECK(wire.read()->status == 200);
}

TEST_CASE("Expect: 100-continue is answered before the body is sent") {
  Fixture fixture;
  const std::string fields = "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n";
  auto wire = fixture.connect();
  wire.send(request("POST", "/v1/resources/note", fields));
  CHECK(wire.read()->status == 100);
  wire.send("{}");
  CHECK(wire.read()->status == 201);

  auto refused = fixture.connect();
  refused.send(request("POST", "/nowhere", fields));
  CHECK(refused.read()->status == 404);
  CHECK(refused.closed());
}

TEST_CASE("loopback hosts are served by every name") {
  Fixture fixture;
  const std::string host = GENERATE("localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.1.2.3:8080", "[::1]", "[::1]:80");
  CAPTURE(host);
  auto wire = fixture.connect();
  wire.send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  CHECK(wire.read()->status == 200);
}

TEST_CASE("a page of another site changes nothing") {
  Fixture fixture;
  CHECK(fixture.post("/v1/resources/note", "{}", "Origin: https://evil.example\r\n").status == 403);
  CHECK(fixture.post("/v1/resources/note", "{}", "Origin: null\r\n").status == 403);
  CHECK(fixture.post("/v1/resources/note", "{}", "Sec-Fetch-Site: cross-site\r\n").status == 403);
  CHECK(fixture.operations.submitted() == 0);
  CHECK(fixture.post("/v1/resources/note", "{}", "Origin: http://localhost:3000\r\nSec-Fetch-Site: same-origin\r\n").status == 201);
  CHECK(fixture.ask("GET", "/healthz", "Sec-Fetch-Site: cross-site\r\n").status == 200);
}
