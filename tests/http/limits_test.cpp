#include <nlohmann/json.hpp>

#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace std::chrono_literals;
using test::eventually;
using test::Fixture;
using test::request;

TEST_CASE("a header beyond its limit is a 431") {
  Fixture fixture([](auto& settings) { settings.max_header_bytes = 1000; });
  CHECK(fixture.ask("GET", "/healthz", "X-Padding: " + std::string(800, 'x') + "\r\n").status == 200);
  CHECK(fixture.ask("GET", "/healthz", "X-Padding: " + std::string(1000, 'x') + "\r\n").status == 431);
  auto wire = fixture.connect();  // one that never ends
  wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
  for (int i = 0; i < 100; ++i) wire.send("X-Padding: xxxxxxxxxxxxxxxxxxxxxx\r\n");
  CHECK(wire.read()->status == 431);
}

TEST_CASE("a body beyond its limit is a 413 before it was read") {
  Fixture fixture([](auto& settings) { settings.max_body_bytes = 1000; });
  CHECK(fixture.post("/v1/resources/note", "\"" + std::string(998, 'x') + "\"").status == 201);
  auto announced = fixture.connect();
  announced.send(request("POST", "/v1/resources/note", "Content-Type: application/json\r\nContent-Length: 100000000\r\n"));
  CHECK(announced.read()->status == 413);
  auto chunked = fixture.connect();
  chunked.send(request("POST", "/v1/resources/note", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
  chunked.send("800\r\n" + std::string(0x800, 'x') + "\r\n");
  CHECK(chunked.read()->status == 413);
  CHECK(fixture.operations.submitted() == 1);
}

TEST_CASE("chunk extensions and trailers without end are refused") {
  Fixture fixture([](auto& settings) { settings.max_header_bytes = 1000; });
  for (const std::string endless : {"1;", "0\r\nTrailer: "}) {
    auto wire = fixture.connect();
    wire.send(request("POST", "/v1/resources/note", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
    wire.send(endless + std::string(5000, 'x'));
    CHECK(wire.read()->status == 431);
  }
}

TEST_CASE("connections beyond the limit are turned away with a 503") {
  Fixture fixture([](auto& settings) { settings.max_connections = 2; });
  auto first = std::make_unique<test::Wire>(fixture.server->port());
  auto second = fixture.connect();
  first->send(request("GET", "/healthz"));
  second.send(request("GET", "/healthz"));
  CHECK(first->read()->status == 200);
  CHECK(second.read()->status == 200);

  auto third = fixture.connect();
  const auto refused = third.read();
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->body == "too many connections.\n");
  CHECK(third.closed());

  first.reset();
  CHECK(eventually([&] {
    auto wire = fixture.connect();
    wire.send(request("GET", "/healthz"));
    const auto reply = wire.read();
    return reply && reply->status == 200;
  }));
}

TEST_CASE("a header that does not come is a 408") {
  Fixture fixture([](auto& settings) { settings.header_timeout = 50ms; });
  auto wire = fixture.connect();
  wire.send("GET /healthz HTTP/1.1\r\nHost:");
  const auto reply = wire.read();
  REQUIRE(reply);
  CHECK(reply->status == 408);
  CHECK(reply->json()["code"] == "timeout");
  CHECK(wire.closed());
}

TEST_CASE("a header that trickles in is cut off all the same") {
  Fixture fixture([](auto& settings) { settings.header_timeout = 50ms; });
  auto wire = fixture.connect();
  wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
  // Each line is progress, none is an end.
  CHECK(eventually([&] { return !wire.send("X-More: yes\r\n") || fixture.ask("GET", "/metrics").body.find("timeouts_total 1") != std::string::npos; }));
}

TEST_CASE("a body that stops coming is a 408") {
  Fixture fixture([](auto& settings) { settings.body_timeout = 50ms; });
  auto wire = fixture.connect();
  wire.send(request("POST", "/v1/resources/note", "Content-Type: application/json\r\nContent-Length: 10\r\n"));
  wire.send("{");
  CHECK(wire.read()->status == 408);
  CHECK(wire.closed());
  CHECK(fixture.operations.submitted() == 0);
}

TEST_CASE("an idle connection is closed without a word") {
  Fixture fixture([](auto& settings) { settings.idle_timeout = 50ms; });
  auto silent = fixture.connect();
  CHECK(silent.receive().empty());
  auto served = fixture.connect();
  served.send(request("GET", "/healthz"));
  CHECK(served.read()->status == 200);
  CHECK(served.receive().empty());
}

TEST_CASE("an operation that takes long is under no timeout of the connection") {
  Fixture fixture([](auto& settings) { settings.header_timeout = settings.body_timeout = settings.idle_timeout = 20ms; });
  fixture.operations.answer(test::MemoryOperations::Answering::held);
  auto wire = fixture.connect();
  wire.send(request("GET", "/v1/resources/note"));
  REQUIRE(eventually([&] { return fixture.operations.held() == 1; }));
  auto other = fixture.connect();
  CHECK(other.receive().empty());  // the idle timeout has passed
  fixture.operations.release();
  CHECK(wire.read()->status == 200);
}

TEST_CASE("a client that does not read is cut off, and nobody waits for it") {
  Fixture fixture([](auto& settings) {
    settings.body_timeout = 100ms;
  });
  CHECK(fixture.post("/v1/resources/note?id=big", "\"" + std::string(1000 << 10, 'x') + "\"").status == 201);
  auto slow = fixture.connect();
  slow.receive_slowly();
  for (int i = 0; i < 16; ++i) slow.send(request("GET", "/v1/resources/note/big"));
  for (int i = 0; i < 20; ++i) CHECK(fixture.ask("GET", "/healthz").status == 200);
  CHECK(eventually([&] { return fixture.ask("GET", "/metrics").body.find("timeouts_total 1") != std::string::npos; }));
}

TEST_CASE("a held operation stalls nobody else") {
  Fixture fixture([](auto& settings) { settings.threads = 1; });
  fixture.operations.answer(test::MemoryOperations::Answering::held);
  auto stuck = fixture.connect();
  stuck.send(request("GET", "/v1/resources/note"));
  REQUIRE(eventually([&] { return fixture.operations.held() == 1; }));
  fixture.operations.answer(test::MemoryOperations::Answering::inline_);
  CHECK(fixture.ask("GET", "/v1/resources/note").status == 200);
  CHECK(fixture.ask("GET", "/healthz").status == 200);
  fixture.operations.release();
  CHECK(stuck.read()->status == 200);
}

TEST_CASE("an outcome for a connection that is gone is thrown away") {
  Fixture fixture;
  fixture.operations.answer(test::MemoryOperations::Answering::held);
  {
    auto gone = fixture.connect();
    gone.send(request("GET", "/v1/resources/note"));
    REQUIRE(eventually([&] { return fixture.operations.held() == 1; }));
  }
  fixture.operations.release();
  fixture.operations.answer(test::MemoryOperations::Answering::inline_);
  CHECK(fixture.ask("GET", "/v1/resources/note").status == 200);
}
