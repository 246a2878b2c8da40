// Endpoints of the plugin webhooks: what may be one, and which events it is told of.
#include "endpoints.hpp"

using namespace plugins_test;
using nlohmann::json;
using testing::Given;
using testing::GivenEvent;

namespace {

testing::Fired write(WebhookHost& host, json document, Action action = Action::create) {
  return host->fire(Phase::before, action, Given().type("webhook_endpoint").input(std::move(document)));
}

std::vector<std::string> told(const WebhookHost& host) {
  std::vector<std::string> ids;
  for (const auto& delivery : host.deliveries()) ids.push_back(delivery.payload["endpoint"]);
  return ids;
}

}  // namespace

TEST_CASE("an endpoint without an http or https URL is rejected") {
  WebhookHost host;
  for (const json& url : {json("ftp://example.org/"), json("file:///etc/passwd"), json("gopher://example.org"),
                          json("example org"), json(""), json("https://"), json(7), json()}) {
    INFO(url);
    const auto fired = write(host, {{"url", url}});
    CHECK(fired.rejected);
    CHECK(fired.reason == "webhook.url");
    CHECK(fired.details["pointer"] == "/url");
  }
  CHECK_FALSE(write(host, {{"url", "http://example.org:8080/hook?a=b"}}).rejected);
}

TEST_CASE(
    "an endpoint whose secret is not whsec_ and the Base64 of 24 to 64 bytes is rejected, and the secret is not told") {
  WebhookHost host;
  const std::string short_one = "whsec_c2hvcnQ=", plain = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                    long_one = "whsec_" + std::string(88, 'A');
  for (const json& found : {json(short_one), json(plain), json(long_one), json("whsec_"), json("whsec_===="),
                            json(secret + "\n"), json("whsec_ " + plain.substr(1)), json(7), json()}) {
    INFO(found);
    for (const char* member : {"secret", "previous_secret"}) {
      const auto fired = write(host, {{"url", "https://example.org/"}, {member, found}});
      CHECK(fired.rejected);
      CHECK(fired.reason == "webhook.secret");
      if (found.is_string() && found.get<std::string>().size() > 8)
        CHECK(fired.message.find(found.get<std::string>()) == std::string::npos);
    }
  }
  CHECK_FALSE(write(host, {{"url", "https://example.org/"}, {"secret", secret}}).changed);
}

TEST_CASE("an endpoint without a secret is given a new one, and keeps it when it is replaced without") {
  WebhookHost host;
  const auto first = write(host, {{"url", "https://example.org/"}}),
             second = write(host, {{"url", "https://example.org/"}});
  const std::string made = first.document["secret"];
  CHECK(made.substr(0, 6) == "whsec_");
  CHECK(made.size() == 6 + 44);
  CHECK(made != second.document["secret"].get<std::string>());
  CHECK_FALSE(write(host, first.document).rejected);
  const auto replaced =
      host->fire(Phase::before, Action::update,
                 Given().type("webhook_endpoint").previous(first.document).input({{"url", "https://example.net/"}}));
  CHECK(replaced.document["secret"].get<std::string>() == made);
}

TEST_CASE("resources of other types are none of its business") {
  WebhookHost host;
  CHECK(host->fire(Phase::before, Action::create, Given().type("note").input({{"url", 7}})).called.empty());
}

TEST_CASE("an event is for the endpoints whose patterns match it") {
  WebhookHost host;
  host.put("all", {{"url", "http://127.0.0.1:1/"}});
  host.put("any", {{"url", "http://127.0.0.1:1/"}, {"events", {"*"}}});
  host.put("exact", {{"url", "http://127.0.0.1:1/"}, {"events", {"order.item", "order.item.added"}}});
  host.put("one", {{"url", "http://127.0.0.1:1/"}, {"events", {"order.*"}}});
  host.put("inside", {{"url", "http://127.0.0.1:1/"}, {"events", {"order.*.added"}}});
  host.put("rest", {{"url", "http://127.0.0.1:1/"}, {"events", {"order.>"}}});
  host.put("none", {{"url", "http://127.0.0.1:1/"}, {"events", json::array()}});
  host.put("off", {{"url", "http://127.0.0.1:1/"}, {"enabled", false}});
  host->publish("order.item.added");
  host.run();
  CHECK(told(host) == std::vector<std::string>{"all", "any", "exact", "inside", "rest"});
}

TEST_CASE("a delivery is the event as CloudEvents, with an id of its own that is the same whenever it is made") {
  const auto deliver = [] {
    WebhookHost host;
    host.put("shop", {{"url", "http://127.0.0.1:1/"}});
    host->publish("order.paid", {{"order", "o1"}}, GivenEvent().event_id("e1").key("o1").tenant("acme").actor("ann"));
    host.run();
    return host.deliveries().at(0);
  };
  const auto delivery = deliver();
  CHECK(delivery.id.size() == 4 + 32);
  CHECK(delivery.id.substr(0, 4) == "msg_");
  CHECK(delivery.id == deliver().id);
  CHECK(delivery.key == "shop:o1");
  CHECK(delivery.tenant == "acme");
  CHECK(delivery.promise == Promise::durable);
  const json& event = delivery.payload["event"];
  CHECK(event["specversion"] == "1.0");
  CHECK(event["id"] == "e1");
  CHECK(event["type"] == "order.paid");
  CHECK(event["source"] == "test");
  CHECK(event["subject"] == "o1");
  CHECK(event["time"] == "2024-05-01T12:00:00.000000Z");
  CHECK(event["data"] == json{{"order", "o1"}});
}

TEST_CASE("the same event id in two tenants is two webhooks") {
  const auto id_for = [](const std::string& tenant) {
    WebhookHost host;
    host.put("shop", {{"url", "http://127.0.0.1:1/"}});
    host->publish("order.paid", {}, GivenEvent().event_id("e1").tenant(tenant));
    host.run();
    return host.deliveries().at(0).id;
  };
  CHECK(id_for("acme") != id_for("umbrella"));
}

TEST_CASE("an event that was set off by too many others is a dead letter") {
  WebhookHost host;
  host.put("shop", {{"url", "http://127.0.0.1:1/"}});
  host->publish("order.paid", {}, GivenEvent().depth(16));
  const auto deliveries = host->run_durable();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].dead_letter);
  CHECK(deliveries[0].message.find("webhook.event: endpoint shop: ") == 0);
}

TEST_CASE("a key that is too long with the endpoint's id is told from others all the same") {
  WebhookHost host;
  host.put("shop", {{"url", "http://127.0.0.1:1/"}});
  host->publish("order.paid", {}, GivenEvent().key(std::string(256, 'k')));
  host->publish("order.paid", {}, GivenEvent().key(std::string(255, 'k') + "l"));
  host->publish("order.paid", {}, GivenEvent());
  host.run();
  const auto deliveries = host.deliveries();
  REQUIRE(deliveries.size() == 3);
  CHECK(deliveries[0].key.size() <= 256);
  CHECK(deliveries[0].key != deliveries[1].key);
  CHECK(deliveries[2].key.empty());
}

TEST_CASE("what is told of webhooks themselves goes to nobody") {
  WebhookHost host;
  host.put("all", {{"url", "http://127.0.0.1:1/"}});
  host->publish("webhook.delivery", {{"endpoint", "all"}, {"event", json::object()}});
  host->publish("webhook.anything");
  host->publish("resource.updated",
                {{"resource", "webhook_endpoint"}, {"item_id", "all"}, {"changes", json::object()}});
  CHECK(host.run().size() == 1);
  CHECK(host.deliveries().size() == 1);
  host->publish("resource.created", {{"resource", "note"}, {"item_id", "n1"}});
  host->run_durable();
  CHECK(host.deliveries().size() == 2);
}

TEST_CASE("a delivery that somebody else made up is a dead letter, and nothing is signed") {
  WebhookHost host;
  host.put("all", {{"url", "http://127.0.0.1:1/"}});
  host->publish("webhook.delivery", {{"endpoint", "all"}, {"event", json::object()}});
  const auto deliveries = host.run();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].dead_letter);
  CHECK(deliveries[0].message == "webhook.source: wanted a delivery published by this plugin, found one by test");
}
