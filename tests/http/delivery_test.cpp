// /v1/subscriptions and /v1/dead-letters: what people do with durable delivery.
#include <nlohmann/json.hpp>

#include "http/served_events.hpp"
#include "support/catch.hpp"

using namespace backplane;
using base::Json;
using test::eventually;
using test::Reply;
using test::ServedEvents;
using tests::subscriber;
using tests::subscription;

namespace {

Json dead_letters(const ServedEvents& host, const std::string& query = "") { return host.get("/v1/dead-letters" + query).json()["items"]; }

}  // namespace

TEST_CASE("subscriptions are listed in the order of their calls, with their mode, their state and what became of their events") {
  ServedEvents host;
  host.with({subscriber(host.rig, {subscription("s", "order.*", "sync"), subscription("b", "*", "background"), subscription("d", "*", "durable")})});
  host.publish({"order.paid", "user.left"});
  REQUIRE(eventually([&] { return host.rig.recorded().size() == 5; }));
  REQUIRE(eventually([&] { return host.get("/v1/subscriptions/subscriber/d").json()["behind"] == 0; }));
  const Json list = host.get("/v1/subscriptions").json();
  REQUIRE(list.size() == 3);
  CHECK(list[0]["name"] == "subscriber/s");
  CHECK(list[0]["pattern"] == "order.*");
  CHECK(list[0]["mode"] == "sync");
  CHECK(list[0]["delivered"] == 1);
  CHECK(list[1]["mode"] == "background");
  CHECK(eventually([&] { return host.get("/v1/subscriptions/subscriber/b").json()["delivered"] == 2; }));
  CHECK(list[2]["state"] == "running");
  CHECK(list[2]["position"] == 2);
  CHECK(host.get("/v1/subscriptions/subscriber/none").status == 404);
}

TEST_CASE("a paused subscription is given nothing, and all of it once it is resumed") {
  ServedEvents host;
  host.with({subscriber(host.rig, {subscription("d", "*", "durable"), subscription("other", "*", "durable")})});
  CHECK(host.post("/v1/subscriptions/subscriber/d/pause").json()["state"] == "paused");
  host.publish({"a.one"});
  REQUIRE(eventually([&] { return host.rig.recorded().size() == 1; }));
  CHECK(host.rig.recorded().front().starts_with("other"));
  CHECK(host.get("/v1/subscriptions/subscriber/d").json()["behind"] == 1);
  CHECK(host.post("/v1/subscriptions/subscriber/d/resume").json()["state"] == "running");
  CHECK(eventually([&] { return host.rig.recorded().size() == 2; }));
  CHECK(host.post("/v1/subscriptions/subscriber/none/pause").status == 404);
  CHECK(host.post("/v1/subscriptions/subscriber/d/pause", "", "X-Tenant: t1\r\n").status == 403);
}

TEST_CASE("a replay gives a subscription the past anew, as a new generation, if it takes replays") {
  ServedEvents host;
  host.with({subscriber(host.rig, {subscription("takes", "*", "durable", R"("replays":"taken")"), subscription("skips", "*", "durable")})});
  host.publish({"a.one", "a.two"});
  REQUIRE(eventually([&] { return host.rig.recorded().size() == 4; }));
  const Reply begun = host.post("/v1/subscriptions/subscriber/takes/replay?after=1");
  CHECK(begun.status == 200);
  CHECK(begun.json()["generation"] == 2);
  CHECK(eventually([&] { return host.rig.recorded().size() == 5; }));
  CHECK(host.post("/v1/subscriptions/subscriber/takes/replay?since=2020-01-01T00:00:00Z").json()["generation"] == 3);
  CHECK(eventually([&] { return host.rig.recorded().size() == 7; }));
  CHECK(host.post("/v1/subscriptions/subscriber/takes/replay?since=2020-01-01T00:00:00Z&after=1").status == 400);
  CHECK(host.post("/v1/subscriptions/subscriber/takes/replay", "", "X-Tenant: t1\r\n").status == 403);
  CHECK(host.post("/v1/subscriptions/subscriber/skips/replay").status == 501);
}

TEST_CASE("a replay from beyond what a subscription has done with skips nothing") {
  ServedEvents host;
  host.with({subscriber(host.rig, {subscription("takes", "*", "durable", R"("replays":"taken")")})});
  REQUIRE(host.post("/v1/subscriptions/subscriber/takes/pause").status == 200);
  host.publish({"a.one", "a.two"});
  REQUIRE(host.post("/v1/subscriptions/subscriber/takes/replay?after=9223372036854775807").status == 200);
  REQUIRE(host.post("/v1/subscriptions/subscriber/takes/resume").status == 200);
  CHECK(eventually([&] { return host.rig.recorded().size() == 2; }));
}

TEST_CASE("a subscription whose plugin is gone is listed as absent, and forgotten when it is told to") {
  ServedEvents host;
  REQUIRE(host.rig.store().deliveries().open_cursor("gone/d", 0, base::SystemClock().now()));
  host.with({subscriber(host.rig, {subscription("d", "*", "durable")})});
  host.publish({"a.one"});
  const Json absent = host.get("/v1/subscriptions/gone/d").json();
  CHECK(absent["state"] == "absent");
  CHECK(absent["behind"] == 1);
  CHECK(host.ask("DELETE", "/v1/subscriptions/subscriber/d").status == 409);
  CHECK(host.ask("DELETE", "/v1/subscriptions/gone/d").status == 200);
  CHECK(host.get("/v1/subscriptions/gone/d").status == 404);
  CHECK(host.ask("DELETE", "/v1/subscriptions/gone/d").status == 404);
}

TEST_CASE("dead letters are listed, shown with their event, tried again and discarded, one or by what they match") {
  ServedEvents host;
  host.with({subscriber(host.rig, {subscription("d", "*", "durable", R"("do":"reject")")})});
  host.publish({"a.one", "b.two", "b.three"});
  REQUIRE(eventually([&] { return dead_letters(host).size() == 3; }));
  CHECK(dead_letters(host, "?type=b.*").size() == 2);
  CHECK(dead_letters(host, "?subscription=subscriber/none").empty());
  CHECK(host.get("/v1/dead-letters?limit=2").json()["next"].is_number());

  const Json letter = dead_letters(host, "?type=a.one").at(0);
  CHECK(letter["subscription"] == "subscriber/d");
  CHECK(letter["attempts"] == 1);
  CHECK(letter["error"].get<std::string>().find("never") != std::string::npos);
  const std::string path = "/v1/dead-letters/" + letter["id"].dump();
  CHECK(host.get(path).json()["event"]["event_type"] == "a.one");

  const auto calls = host.rig.recorded().size();
  CHECK(host.post(path + "/redrive").status == 200);
  CHECK(eventually([&] { return host.rig.recorded().size() == calls + 1; }));
  REQUIRE(eventually([&] { return dead_letters(host).size() == 3; }));
  CHECK(host.post("/v1/dead-letters/redrive?type=b.*").json()["redriven"] == 2);
  REQUIRE(eventually([&] { return dead_letters(host).size() == 3; }));

  const std::string again = "/v1/dead-letters/" + dead_letters(host, "?type=a.one").at(0)["id"].dump();
  CHECK(host.ask("DELETE", again).json()["discarded"] == true);
  CHECK(host.get(again).status == 404);
  CHECK(host.ask("DELETE", "/v1/dead-letters?subscription=subscriber/d&type=b.*").json()["discarded"] == 2);
  CHECK(dead_letters(host).empty());
  CHECK(host.ask("DELETE", "/v1/dead-letters").status == 400);
  CHECK(host.get("/v1/dead-letters/x").status == 400);
}
