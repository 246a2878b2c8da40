#include "http/client/client.hpp"

#include "app/scripted_server.hpp"
#include "http/client/request_target.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace std::chrono_literals;
using http::Client;
using test::Received;
using test::ScriptedServer;
using Connection = ScriptedServer::Connection;

namespace {

Client client_to(const std::string& url, std::chrono::milliseconds timeout = 10s) {
  auto client = Client::to(url, timeout);
  REQUIRE(client);
  return *client;
}

base::Error error_of(const std::string& url) {
  const auto client = Client::to(url, 1s);
  REQUIRE_FALSE(client);
  return client.error();
}

}  // namespace

TEST_CASE("a URL may leave out scheme, port and path") {
  CHECK(client_to("http://localhost").url() == "http://localhost:80");
  CHECK(client_to("localhost").url() == "http://localhost:8080");
  CHECK(client_to("127.0.0.1:9000").url() == "http://127.0.0.1:9000");
  CHECK(client_to("http://[::1]:9000/base/").url() == "http://[::1]:9000/base");
  CHECK(client_to("HTTP://host:1").url() == "http://host:1");
}

TEST_CASE("a URL that cannot be is refused with what was found") {
  CHECK(error_of("https://localhost").message == "URL \"https://localhost\": wanted http://host[:port][/path], found scheme \"https\"");
  for (const char* url : {"", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x", "http://u@h", "http://h/a?b", "a b"})
    CHECK(error_of(url).code == base::Code::invalid_argument);
}

TEST_CASE("the parts of a target are percent-encoded") {
  CHECK(http::RequestTarget("/v1").segment("a/b c").query("filter", "t = ä&x").query("n", "1").text() ==
        "/v1/a%2Fb%20c?filter=t%20%3D%20%C3%A4%26x&n=1");
  CHECK(http::RequestTarget("/v1").segment("..").text() == "/v1/%2E%2E");
}

TEST_CASE("a request is sent whole and its answer comes back") {
  std::vector<Received> requests;
  std::string base;
  Client::Reply reply;
  {
    const auto server = ScriptedServer::answering({{201, R"({"id":"x"})"}}, requests);
    base = server.url().substr(7);
    const auto answer = client_to(server.url() + "/base").send({"POST", "/v1/things?x=1", {{"X-Actor", "me"}}, "{}"});
    REQUIRE(answer);
    reply = *answer;
  }
  CHECK(reply.status == 201);
  CHECK(reply.succeeded());
  CHECK(reply.body == R"({"id":"x"})");
  CHECK(reply.header("content-TYPE") == "application/json");
  CHECK(reply.header("absent").empty());
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].line() == "POST /base/v1/things?x=1 HTTP/1.1");
  CHECK(requests[0].has("Host: " + base));
  CHECK(requests[0].has("X-Actor: me"));
  CHECK(requests[0].has("Content-Length: 2"));
  CHECK(requests[0].body == "{}");
}

TEST_CASE("a header with a line break is not sent") {
  const auto reply = client_to("127.0.0.1:1").send({"GET", "/", {{"X-Actor", "a\r\nX-Tenant: b"}}, ""});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == base::Code::invalid_argument);
}

TEST_CASE("a chunked answer is put together, or streamed to a sink") {
  const ScriptedServer server([](const Connection& connection, std::size_t) {
    connection.read();
    connection.begin_chunked(200);
    for (int i = 0; i < 100; ++i) connection.chunk(std::string(1000, static_cast<char>('a' + i % 26)));
    connection.chunk("");
  });
  const auto whole = client_to(server.url()).send({});
  REQUIRE(whole);
  CHECK(whole->body.size() == 100'000);
  std::string streamed;
  const auto reply = client_to(server.url()).receive({}, [&](std::string_view bytes) -> base::Result<void> {
    streamed += bytes;
    return base::ok();
  });
  REQUIRE(reply);
  CHECK(reply->body.empty());
  CHECK(streamed == whole->body);
}

TEST_CASE("an answer without a length ends with the connection") {
  const ScriptedServer server([](const Connection& connection, std::size_t) {
    connection.read();
    connection.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  });
  const auto reply = client_to(server.url()).send({});
  REQUIRE(reply);
  CHECK(reply->body == "all of it");
}

TEST_CASE("a failure's body does not go to the sink") {
  std::vector<Received> requests;
  const auto server = ScriptedServer::answering({{404, "{}"}}, requests);
  std::string streamed;
  const auto reply = client_to(server.url()).receive({}, [&](std::string_view bytes) -> base::Result<void> {
    streamed += bytes;
    return base::ok();
  });
  REQUIRE(reply);
  CHECK(reply->status == 404);
  CHECK(reply->body == "{}");
  CHECK(streamed.empty());
}

TEST_CASE("an answer that is cut is unavailable, wherever the cut is") {
  const std::vector<std::string> cuts{"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
                                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"};
  const ScriptedServer server([&](const Connection& connection, std::size_t number) {
    connection.read();
    connection.send(cuts[number]);
  });
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const auto reply = client_to(server.url()).send({});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == base::Code::unavailable);
    CHECK(reply.error().message.find("cut before the answer was whole") != std::string::npos);
  }
}

TEST_CASE("an answer that is not HTTP is an error, not a crash") {
  const ScriptedServer server([](const Connection& connection, std::size_t) {
    connection.read();
    connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  });
  const auto reply = client_to(server.url()).send({});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == base::Code::unavailable);
}

TEST_CASE("a host that does not answer, or stops in the middle, is timed out") {
  const ScriptedServer server([](const Connection& connection, std::size_t number) {
    connection.read();
    if (number == 1) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    connection.wait_for_end();
  });
  for (int i = 0; i < 2; ++i) {
    const auto reply = client_to(server.url(), 50ms).send({});
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == base::Code::timeout);
    CHECK(reply.error().message.find("no progress within 50 ms") != std::string::npos);
  }
}

TEST_CASE("a refused connection is unavailable and names the host") {
  const std::string url = "http://127.0.0.1:" + std::to_string(test::closed_port());
  const auto reply = client_to(url).send({});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == base::Code::unavailable);
  CHECK(reply.error().message == url + ": cannot connect: Connection refused");
}

TEST_CASE("a body from a source is sent in chunks") {
  std::vector<Received> requests;
  const auto server = ScriptedServer::answering({{200, "{}"}}, requests);
  int left = 50;
  const auto reply = client_to(server.url()).upload({.method = "POST", .target = "/v1/load"}, [&]() -> base::Result<std::optional<std::string>> {
    if (left-- == 0) return std::optional<std::string>();
    return std::optional(left % 10 == 0 ? std::string() : std::string(10'000, 'x'));
  });
  REQUIRE(reply);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].body == std::string(450'000, 'x'));
}

TEST_CASE("an answer before the end of the body stops the sending") {
  const ScriptedServer server([](const Connection& connection, std::size_t) {
    connection.read_head();
    connection.answer(409, R"({"code":"conflict"})");
    connection.wait_for_end();
  });
  const auto reply = client_to(server.url()).upload({.method = "POST"}, []() -> base::Result<std::optional<std::string>> {
    return std::optional(std::string(100'000, 'x'));  // without end
  });
  REQUIRE(reply);
  CHECK(reply->status == 409);
  CHECK(reply->body == R"({"code":"conflict"})");
}

TEST_CASE("a host that takes a body and never answers is timed out") {
  const ScriptedServer server([](const Connection& connection, std::size_t) {
    connection.read_head();
    connection.wait_for_end();
  });
  std::size_t sent = 0;
  const auto reply = client_to(server.url(), 100ms).upload({.method = "POST"}, [&]() -> base::Result<std::optional<std::string>> {
    sent += 1000;
    return sent < 100'000 ? std::optional(std::string(1000, 'x')) : std::nullopt;
  });
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == base::Code::timeout);
}

TEST_CASE("an error of the sink or the source is the error of the call") {
  const ScriptedServer server([](const Connection& connection, std::size_t number) {
    connection.read_head();
    if (number == 0) {
      connection.begin_chunked(200);
      connection.chunk("bytes");
    }
    connection.wait_for_end();
  });
  const auto received = client_to(server.url()).receive({}, [](std::string_view) -> base::Result<void> {
    return base::Error{base::Code::storage, "disk full"};
  });
  REQUIRE_FALSE(received);
  CHECK(received.error().message == "disk full");
  const auto sent = client_to(server.url()).upload({.method = "POST"}, []() -> base::Result<std::optional<std::string>> {
    return base::Error{base::Code::storage, "cannot read"};
  });
  REQUIRE_FALSE(sent);
  CHECK(sent.error().message == "cannot read");
}
