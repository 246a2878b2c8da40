#include <nlohmann/json.hpp>

#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace std::chrono_literals;
using test::eventually;
using test::Fixture;
using test::MemoryTransfers;
using test::Reply;
using test::request;

namespace {
const std::string frames_type = "Content-Type: application/vnd.backplane.dump\r\n";
const std::string frame = "00000000 {}\n";

std::string chunk(const std::string& bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx", bytes.size());
  return size + std::string("\r\n") + bytes + "\r\n";
}
}  // namespace

TEST_CASE("a dump is streamed in chunks and hands on what was asked for") {
  Fixture fixture;
  const Reply reply = fixture.ask("GET", "/v1/dump?type=note&type=task&after=note/n1", "X-Actor: eve\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.whole);
  CHECK(reply.field("content-type") == "application/vnd.backplane.dump");
  CHECK(reply.field("transfer-encoding") == "chunked");
  CHECK(reply.body.size() == 3 * MemoryTransfers::Script().frame.size());
  const operation::DumpRequest asked = fixture.transfers.last_dump();
  CHECK(asked.types == std::vector<std::string>{"note", "task"});
  CHECK(asked.after_type == "note");
  CHECK(asked.after_id == "n1");
  CHECK(asked.caller.actor == "eve");
}

TEST_CASE("a connection goes on after a dump, and HEAD begins none") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send(request("GET", "/v1/dump") + request("HEAD", "/v1/dump") + request("GET", "/healthz"));
  CHECK(wire.read()->whole);
  CHECK(wire.read(test::Wire::Reading::head_only)->status == 200);
  CHECK(wire.read()->json()["status"] == "ok");
  CHECK(fixture.transfers.dumped() == 3);
}

TEST_CASE("HTTP/1.0 gets a dump up to the end of its connection") {
  Fixture fixture;
  auto wire = fixture.connect();
  wire.send("GET /v1/dump HTTP/1.0\r\n\r\n");
  const auto reply = wire.read();
  REQUIRE(reply);
  CHECK(reply->field("transfer-encoding").empty());
  CHECK(reply->body.size() == 3 * MemoryTransfers::Script().frame.size());
}

TEST_CASE("a dump that fails before its first frame is a problem") {
  Fixture fixture;
  fixture.transfers.script({.frames = 0, .dump_error = base::Error{.code = base::Code::denied, .message = "no"}});
  const Reply reply = fixture.ask("GET", "/v1/dump");
  CHECK(reply.status == 403);
  CHECK(reply.json()["code"] == "denied");
}

TEST_CASE("a dump that fails midway is cut off without its last chunk") {
  Fixture fixture;
  fixture.transfers.script({.frames = 5, .dump_error = base::Error{.code = base::Code::storage, .message = "disk"}});
  const Reply reply = fixture.ask("GET", "/v1/dump");
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.whole);
}

TEST_CASE("a client that does not read holds its dump back, and stalls nobody") {
  Fixture fixture;
  const std::size_t frames = 2000;
  fixture.transfers.script({.frames = frames, .frame = std::string(16 << 10, 'x')});
  auto slow = fixture.connect();
  slow.send(request("GET", "/v1/dump"));
  REQUIRE(eventually([&] { return fixture.transfers.dumped() > 10; }));
  for (int i = 0; i < 20; ++i) CHECK(fixture.ask("GET", "/healthz").status == 200);
  CHECK(fixture.transfers.dumped() < frames);
  const auto reply = slow.read();
  REQUIRE(reply);
  CHECK(reply->whole);
  CHECK(reply->body.size() == frames * (16 << 10));
}

TEST_CASE("a client that goes away ends its dump") {
  Fixture fixture;
  fixture.transfers.script({.frames = 1'000'000, .frame = std::string(64 << 10, 'x')});
  {
    auto gone = fixture.connect();
    gone.send(request("GET", "/v1/dump"));
    REQUIRE(eventually([&] { return fixture.transfers.dumped() > 10; }));
  }
  CHECK(eventually([&] { return fixture.transfers.running() == 0; }));
}

TEST_CASE("a load of any length and framing is answered with its totals") {
  Fixture fixture([](auto& settings) { settings.max_body_bytes = 1000; });
  std::string frames;
  for (int i = 0; i < 100'000; ++i) frames += frame;
  const Reply fixed = fixture.ask("POST", "/v1/load?on_conflict=overwrite&skip=7", frames_type, frames);
  CHECK(fixed.status == 200);
  CHECK(fixed.json()["loaded"] == 100'000);
  CHECK(fixture.transfers.last_load().on_conflict == store::OnConflict::overwrite);
  CHECK(fixture.transfers.last_load().skip == 7);
  CHECK(fixture.transfers.loaded_bytes() == frames.size());

  auto wire = fixture.connect();
  wire.send(request("POST", "/v1/load", frames_type + "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 10; ++i) wire.send(chunk(frames.substr(0, frame.size() * 1000)));
  wire.send("0\r\n\r\n" + request("GET", "/healthz"));
  CHECK(wire.read()->json()["loaded"] == 10'000);
  CHECK(wire.read()->status == 200);
}

TEST_CASE("an empty load loads nothing") {
  Fixture fixture;
  const Reply reply = fixture.ask("POST", "/v1/load", frames_type + "Content-Length: 0\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.json()["loaded"] == 0);
}

TEST_CASE("a load that fails tells how far it came, though the client has not sent all") {
  Fixture fixture;
  fixture.transfers.script({.load_error = base::Error{.code = base::Code::already_exists, .message = "note/n1: there already"}});
  auto wire = fixture.connect();
  wire.send(request("POST", "/v1/load", frames_type + "Transfer-Encoding: chunked\r\n") + chunk(frame + frame));
  const auto reply = wire.read();
  REQUIRE(reply);
  CHECK(reply->status == 409);
  CHECK(reply->json()["totals"]["resources"] == 2);
  CHECK(wire.closed());
}

TEST_CASE("a load whose stream breaks off is told so, with its totals") {
  Fixture fixture([](auto& settings) { settings.body_timeout = 50ms; });
  const std::string begun = request("POST", "/v1/load", frames_type + "Transfer-Encoding: chunked\r\n") + chunk(frame);
  auto bad = fixture.connect();
  bad.send(begun + "nonsense\r\n");
  const auto broken = bad.read();
  REQUIRE(broken);
  CHECK(broken->status == 400);
  CHECK(broken->json()["totals"]["resources"] == 1);

  auto ended = fixture.connect();
  ended.send(begun);
  ended.finish_sending();
  CHECK(ended.read()->status == 400);

  auto silent = fixture.connect();
  silent.send(begun);
  CHECK(silent.read()->status == 408);
}

TEST_CASE("a load holds a fast client back") {
  Fixture fixture([](auto& settings) { settings.body_timeout = 50ms; });
  fixture.transfers.hold();
  auto wire = fixture.connect();
  const std::size_t size = 64 << 20;
  wire.send(request("POST", "/v1/load", frames_type + "Content-Length: " + std::to_string(size) + "\r\n"));
  std::atomic<std::size_t> sent = 0;
  std::thread sending([&] {
    const std::string piece(1 << 20, '\n');
    while (sent < size && wire.send(piece)) sent += piece.size();
  });
  REQUIRE(eventually([&] { return fixture.transfers.running() == 1; }));
  for (int i = 0; i < 20; ++i) CHECK(fixture.ask("GET", "/healthz").status == 200);
  CHECK(sent < size);
  fixture.transfers.release();
  sending.join();
  const auto reply = wire.read();
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(fixture.transfers.loaded_bytes() == size);
}

TEST_CASE("a fifth transfer at once is a 503") {
  Fixture fixture;
  fixture.transfers.hold();
  std::vector<test::Wire> wires;
  for (int i = 0; i < 4; ++i) {
    wires.push_back(fixture.connect());
    wires.back().send(request("GET", "/v1/dump"));
  }
  REQUIRE(eventually([&] { return fixture.transfers.running() == 4; }));
  CHECK(fixture.ask("GET", "/v1/dump").status == 503);
  const Reply load = fixture.ask("POST", "/v1/load", frames_type, frame);
  CHECK(load.status == 503);
  CHECK(load.field("retry-after") == "1");
  fixture.transfers.release();
  for (test::Wire& wire : wires) CHECK(wire.read()->whole);
}

TEST_CASE("stopping cuts off a transfer at its deadline and waits for its thread") {
  Fixture fixture;
  fixture.transfers.script({.frames = 1'000'000, .frame = std::string(64 << 10, 'x')});
  auto slow = fixture.connect();
  slow.send(request("GET", "/v1/dump"));
  REQUIRE(eventually([&] { return fixture.transfers.dumped() > 10; }));
  CHECK(fixture.server->stop(std::chrono::steady_clock::now() + 20ms) == 1);
  CHECK(fixture.transfers.running() == 0);
}
