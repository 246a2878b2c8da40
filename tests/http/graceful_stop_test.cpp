#include <atomic>
#include <thread>

#include "manifest/read.hpp"
#include "http/wire.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace std::chrono_literals;
using test::eventually;
using test::Fixture;
using test::MemoryOperations;
using test::request;

namespace {
std::chrono::steady_clock::time_point in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
}  // namespace

TEST_CASE("stopping closes idle connections and cuts nothing off") {
  Fixture fixture;
  auto idle = fixture.connect();
  idle.send(request("GET", "/healthz"));
  CHECK(idle.read()->status == 200);
  auto silent = fixture.connect();
  CHECK(fixture.server->stop(in(10s)) == 0);
  CHECK(idle.receive().empty());
  CHECK(silent.receive().empty());
}

TEST_CASE("stopping finishes what was accepted, and the last answers say close") {
  Fixture fixture;
  fixture.operations.answer(MemoryOperations::Answering::held);
  auto wire = fixture.connect();
  wire.send(request("GET", "/v1/resources/note"));
  REQUIRE(eventually([&] { return fixture.operations.held() == 1; }));
  std::atomic<bool> stopped = false;
  std::thread stopping([&] {
    CHECK(fixture.server->stop(in(10s)) == 0);
    stopped = true;
  });
  CHECK(eventually([&] {
    try {
      fixture.connect();
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  CHECK_FALSE(stopped);
  fixture.operations.release();
  const auto reply = wire.read();
  stopping.join();
  REQUIRE(reply);
  CHECK(reply->status == 200);
  CHECK(reply->field("connection") == "close");
}

TEST_CASE("stopping tells how many requests it cut off at its deadline") {
  Fixture fixture;
  fixture.operations.answer(MemoryOperations::Answering::held);
  auto one = fixture.connect();
  auto two = fixture.connect();
  one.send(request("GET", "/v1/resources/note"));
  two.send(request("GET", "/v1/resources/note"));
  REQUIRE(eventually([&] { return fixture.operations.held() == 2; }));
  CHECK(fixture.server->stop(in(20ms)) == 2);
  fixture.server.reset();
  fixture.operations.release();  // answers that come too late find nobody
  CHECK_FALSE(one.read());
}

TEST_CASE("under load every request that reached an operation is answered by the time it stops") {
  Fixture fixture;
  std::atomic<std::size_t> answered = 0;
  std::atomic<std::size_t> broken = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, port = fixture.server->port()] {
      try {
        test::Wire wire(port);
        while (wire.send(request("GET", "/v1/resources/note"))) {
          const auto reply = wire.read();
          if (!reply) break;
          if (reply->whole && reply->status == 200) ++answered;
          else ++broken;
          if (reply->field("connection") == "close") break;
        }
      } catch (const std::runtime_error&) {
        return;  // the server has stopped
      }
    });
  }
  REQUIRE(eventually([&] { return answered > 500; }));
  CHECK(fixture.server->stop(in(10s)) == 0);
  for (std::thread& client : clients) client.join();
  CHECK(broken == 0);
  CHECK(answered == fixture.operations.submitted());
}

TEST_CASE("a port in use and an address beyond this machine are refused with the reason") {
  Fixture fixture;
  manifest::HttpSettings settings = manifest::default_settings().http;
  settings.port = fixture.server->port();
  const auto in_use = http::Server::start(settings, fixture.operations, fixture.transfers, fixture.bus, {});
  REQUIRE_FALSE(in_use);
  CHECK(in_use.error().code == base::Code::unavailable);
  CHECK(in_use.error().message.find("127.0.0.1:" + std::to_string(settings.port)) != std::string::npos);
  CHECK(in_use.error().message.find("in use") != std::string::npos);

  settings.address = GENERATE("0.0.0.0", "192.168.1.1", "::", "localhost", "");
  const auto refused = http::Server::start(settings, fixture.operations, fixture.transfers, fixture.bus, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("wanted") != std::string::npos);
}
