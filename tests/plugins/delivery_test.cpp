// Deliveries of the plugin webhooks, to servers on loopback: what becomes of each answer.
#include "app/scripted_server.hpp"
#include "endpoints.hpp"

using namespace plugins_test;
using namespace std::chrono_literals;
using backplane::test::closed_port;
using backplane::test::Received;
using backplane::test::ScriptedServer;
using nlohmann::json;
using testing::Delivered;
using testing::GivenEvent;

namespace {

// The delivery of one event to the one endpoint "shop".
testing::Delivery deliver(WebhookHost& host, const std::string& url, const GivenEvent& given = {}) {
  host.put("shop", {{"url", url}});
  host->publish("order.paid", {{"order", "o1"}}, given);
  const auto deliveries = host.run();
  REQUIRE(deliveries.size() == 1);
  return deliveries[0];
}

ScriptedServer::Script answering(std::string bytes, std::vector<Received>& requests) {
  return [bytes = std::move(bytes), &requests](const ScriptedServer::Connection& connection, std::size_t) {
    requests.push_back(connection.read());
    connection.send(bytes);
  };
}

bool mentions(const testing::TestHost& host, const std::string& text) {
  for (const auto& line : host.logged())
    if (line.message.find(text) != std::string::npos) return true;
  for (const auto& delivery : host.delivered())
    if ((delivery.message + delivery.details).find(text) != std::string::npos) return true;
  for (const auto& event : host.published())
    if (event.payload.dump().find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("an event is delivered by a signed POST of its CloudEvent, and a 2xx is the end of it") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{204, ""}}, requests);
  WebhookHost host;
  CHECK(deliver(host, server.url() + "/hook").outcome == Delivered::done);
  CHECK(host.run().empty());
  REQUIRE(requests.size() == 1);
  const auto delivery = host.deliveries().at(0);
  CHECK(requests[0].line() == "POST /hook HTTP/1.1");
  CHECK(requests[0].has("content-type: application/cloudevents+json"));
  CHECK(requests[0].has("webhook-id: " + delivery.id));
  CHECK(requests[0].head.find("\r\nwebhook-timestamp: ") != std::string::npos);
  CHECK(requests[0].head.find("\r\nwebhook-signature: v1,") != std::string::npos);
  CHECK(json::parse(requests[0].body) == delivery.payload["event"]);
}

TEST_CASE("an endpoint with a previous secret is sent a signature of each") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{200, ""}}, requests);
  WebhookHost host;
  host.put("shop", {{"url", server.url()}, {"previous_secret", "whsec_" + std::string(32, 'A')}});
  host->publish("order.paid");
  CHECK(host.run().at(0).outcome == Delivered::done);
  const auto at = requests.at(0).head.find("\r\nwebhook-signature: v1,");
  REQUIRE(at != std::string::npos);
  CHECK(requests[0].head.find(" v1,", at + 24) != std::string::npos);
}

TEST_CASE(
    "what fails is tried again by the schedule of Standard Webhooks, with the same id, then it is a dead letter") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{500, "secret plans"}}, requests);
  WebhookHost host;
  auto delivery = deliver(host, server.url());
  const std::vector<std::chrono::milliseconds> schedule{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    INFO("attempt " << i + 1);
    CHECK(delivery.attempt == i + 1);
    CHECK(delivery.outcome == Delivered::retry);
    CHECK_FALSE(delivery.dead_letter);
    CHECK(delivery.message == "endpoint shop: answered 500");
    CHECK(delivery.delay >= schedule[i]);
    CHECK(delivery.delay <= schedule[i] + schedule[i] / 10);
    host->advance(schedule[i] - 1s);
    CHECK(host.run().empty());
    host->advance(1s + schedule[i] / 10);
    const auto again = host.run();
    REQUIRE(again.size() == 1);
    delivery = again[0];
  }
  CHECK(delivery.attempt == 10);
  CHECK(delivery.dead_letter);
  CHECK(host.run().empty());
  CHECK(requests.size() == 10);
  for (const Received& request : requests) CHECK(request.has("webhook-id: " + host.deliveries().at(0).id));
}

TEST_CASE("any answer but 2xx is a failure, and no redirect is followed") {
  for (const int status : {301, 302, 307, 308, 400, 401, 404, 500, 502, 504}) {
    INFO(status);
    std::vector<Received> requests;
    ScriptedServer server(
        answering("HTTP/1.1 " + std::to_string(status) + " Status\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
                  requests));
    WebhookHost host;
    const auto delivery = deliver(host, server.url());
    CHECK(delivery.outcome == Delivered::retry);
    CHECK(delivery.message == "endpoint shop: answered " + std::to_string(status));
    CHECK(requests.size() == 1);
  }
}

TEST_CASE(
    "429 and 503 with Retry-After wait as long as it says, and so do others for that endpoint, without an attempt") {
  for (const char* status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    std::vector<Received> requests;
    const std::string head = "HTTP/1.1 " + std::string(status) + "\r\nRetry-After: 120\r\n";
    ScriptedServer server(answering(head + "Content-Length: 0\r\n\r\n", requests));
    WebhookHost host;
    const auto delivery = deliver(host, server.url());
    CHECK(delivery.outcome == Delivered::retry);
    CHECK(delivery.delay == 120s);
    host->publish("order.paid");
    const auto other = host.run().at(0);
    CHECK(other.outcome == Delivered::snoozed);
    CHECK(other.delay > 100s);
    CHECK(other.delay <= 120s);
    CHECK(requests.size() == 1);
  }
}

TEST_CASE("Retry-After may be a date, and puts nothing off for more than a day") {
  for (const char* value : {"99999999999", "Fri, 31 Dec 2100 23:59:59 GMT"}) {
    std::vector<Received> requests;
    const std::string head = "HTTP/1.1 429 Status\r\nRetry-After: " + std::string(value) + "\r\n";
    ScriptedServer server(answering(head + "Content-Length: 0\r\n\r\n", requests));
    WebhookHost host;
    CHECK(deliver(host, server.url()).delay == 24h);
  }
}

TEST_CASE("Retry-After shorter than the schedule does not hurry it, and other answers have no say") {
  for (const char* head : {"429 Status\r\nRetry-After: 1", "500 Status\r\nRetry-After: 1000"}) {
    std::vector<Received> requests;
    ScriptedServer server(answering("HTTP/1.1 " + std::string(head) + "\r\nContent-Length: 0\r\n\r\n", requests));
    WebhookHost host;
    const auto delivery = deliver(host, server.url());
    CHECK(delivery.delay >= 5s);
    CHECK(delivery.delay <= 5500ms);
  }
}

TEST_CASE("410 disables the endpoint as it was asked, and ends the delivery") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{410, ""}}, requests);
  WebhookHost host;
  CHECK(deliver(host, server.url()).outcome == Delivered::done);
  CHECK(host.endpoint("shop")["enabled"] == false);
  CHECK(host->asked().back().action == Action::patch);
  CHECK(host->asked().back().expected_revision == 7);
  host->publish("order.paid");
  CHECK(host.run().empty());
  CHECK(host.deliveries().size() == 1);
}

TEST_CASE("what waits for an endpoint that is disabled or no more is dropped, and the log says so") {
  WebhookHost host({{"allow_private", true}, {"retry_seconds", {0}}});
  const auto url = "http://127.0.0.1:" + std::to_string(closed_port());
  CHECK(deliver(host, url).outcome == Delivered::retry);
  host.put("shop", {{"url", url}, {"enabled", false}});
  CHECK(host.run().at(0).outcome == Delivered::done);
  CHECK(host->logged().back().message == "endpoint shop is disabled: dropped " + host.deliveries().at(0).id);
}

TEST_CASE("an endpoint that does not answer in time is left alone, and keeps nobody else waiting") {
  ScriptedServer hanging([](const ScriptedServer::Connection& connection, std::size_t) { connection.wait_for_end(); });
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{200, ""}}, requests);
  WebhookHost host({{"allow_private", true}, {"timeout_ms", 200}});
  const auto delivery = deliver(host, hanging.url());
  CHECK(delivery.outcome == Delivered::retry);
  CHECK(delivery.message.find("endpoint shop: ") == 0);
  CHECK(delivery.message.find("timed out") != std::string::npos);
  host.put("other", {{"url", server.url()}});
  host->publish("order.paid");
  const auto deliveries = host.run();
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0].outcome == Delivered::done);
  CHECK(deliveries[1].outcome == Delivered::snoozed);
  CHECK(deliveries[1].delay > 4s);
  CHECK(deliveries[1].delay <= 5s);
}

TEST_CASE("a request takes no longer than what is left of the handler's time") {
  ScriptedServer hanging([](const ScriptedServer::Connection& connection, std::size_t) { connection.wait_for_end(); });
  WebhookHost host;
  const auto began = std::chrono::steady_clock::now();
  CHECK(deliver(host, hanging.url()).outcome == Delivered::retry);  // TestHost gives a second, timeout_ms would be 15
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("of a long answer the status is all that counts") {
  std::vector<Received> requests;
  ScriptedServer server([&](const ScriptedServer::Connection& connection, std::size_t) {
    requests.push_back(connection.read());
    connection.begin_chunked(200);
    for (int i = 0; i < 64; ++i) connection.chunk(std::string(4096, 'x'));
    connection.wait_for_end();  // never the last chunk
  });
  WebhookHost host;
  CHECK(deliver(host, server.url()).outcome == Delivered::done);
}

TEST_CASE("an endpoint at an address that is not public is not connected to unless it is allowed") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{200, ""}}, requests);
  const std::string port = server.url().substr(server.url().rfind(':'));
  for (const std::string name :
       {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254",
        "192.168.1.1", "172.31.255.255", "100.64.0.1", "0.0.0.0", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[::]", "224.0.0.1", "255.255.255.255"}) {
    INFO(name);
    WebhookHost host(json::object());
    const auto delivery = deliver(host, "http://" + name + port + "/");
    CHECK(delivery.outcome == Delivered::retry);
    CHECK(delivery.message == "endpoint shop: its address is not a public one (allow_private)");
  }
  CHECK(requests.empty());
}

TEST_CASE("an endpoint that came past the checks with a bad URL or secret makes dead letters that do not tell it") {
  for (const json& bad :
       {json{{"url", "ftp://example.org/"}}, json{{"url", "http://127.0.0.1:1/"}, {"secret", "too-short-a-secret"}}}) {
    WebhookHost host;
    host.put("shop", bad);
    host->publish("order.paid");
    const auto delivery = host.run().at(0);
    CHECK(delivery.dead_letter);
    CHECK(delivery.message.find("webhook.endpoint: endpoint shop: ") == 0);
    CHECK_FALSE(mentions(*host.operator->(), "too-short-a-secret"));
  }
}

TEST_CASE("the secret and the URL of an endpoint are in no log line, no error and no event") {
  WebhookHost host;
  for (const std::string& url : {"http://127.0.0.1:" + std::to_string(closed_port()) + "/token-in-path",
                                 std::string("http://no-such-host.invalid/token-in-path")})
    CHECK(deliver(host, url).outcome == Delivered::retry);
  CHECK_FALSE(mentions(*host.operator->(), secret.substr(6)));
  CHECK_FALSE(mentions(*host.operator->(), "token-in-path"));
}

TEST_CASE("webhooks is unmapped when it is closed, also after it has worked") {
  std::vector<Received> requests;
  auto server = ScriptedServer::answering({{200, ""}}, requests);
  sdk_test::Library library("webhooks");
  {
    WebhookHost host(library);
    host.put("named", {{"url", "http://no-such-host.invalid/"}});
    host.put("here", {{"url", server.url()}});
    host->publish("order.paid");
    CHECK(host.run().size() == 2);
  }
  CHECK(library.unmaps());
}
