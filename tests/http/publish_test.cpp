// POST /v1/events: what is taken, what is completed, and what is refused.
#include <nlohmann/json.hpp>

#include "http/served_events.hpp"
#include "support/catch.hpp"

using namespace backplane;
using base::Json;
using test::Reply;
using test::ServedEvents;

namespace {

const std::string cloud = "Content-Type: application/cloudevents+json\r\n";
const std::string clouds = "Content-Type: application/cloudevents-batch+json\r\n";

Json logged(const ServedEvents& host, const std::string& query = "") { return host.get("/v1/events" + query).json()["items"]; }

}  // namespace

TEST_CASE("an event that is published is in the log when it is answered, and completed by who asks") {
  ServedEvents host;
  host.with();
  const Reply reply = host.post("/v1/events", R"({"event_type":"order.paid","payload":{"amount":12},"key":"o1"})",
                                "X-Actor: ann\r\nX-Tenant: t1\r\nX-Correlation-Id: c1\r\n");
  CHECK(reply.status == 201);
  CHECK(reply.json()["position"] == 1);
  CHECK(reply.json()["known"] == false);
  const Json event = logged(host).at(0);
  CHECK(event["event_id"] == reply.json()["event_id"]);
  CHECK(event["event_type"] == "order.paid");
  CHECK(event["payload"] == Json{{"amount", 12}});
  CHECK(event["key"] == "o1");
  CHECK(event["actor_id"] == "ann");
  CHECK(event["tenant_id"] == "t1");
  CHECK(event["correlation_id"] == "c1");
  CHECK(event["source"] == "http");
  CHECK(event["position"] == 1);
  CHECK(event["timestamp"].get<std::string>().size() >= 20);
}

TEST_CASE("the same event id is one event: the repeat is answered with the first position and reaches nobody") {
  ServedEvents host;
  host.with({tests::subscriber(host.rig, {tests::subscription("a", "*", "sync")})});
  const std::string event = R"({"event_type":"order.paid","event_id":"e-7"})";
  CHECK(host.post("/v1/events", event).status == 201);
  const Reply again = host.post("/v1/events", event);
  CHECK(again.status == 200);
  CHECK(again.json() == Json{{"event_id", "e-7"}, {"position", 1}, {"known", true}});
  CHECK(logged(host).size() == 1);
  CHECK(host.rig.recorded().size() == 1);
}

TEST_CASE("an event id that another tenant has used is no repeat") {
  ServedEvents host;
  host.with({tests::subscriber(host.rig, {tests::subscription("a", "*", "sync")})});
  const std::string event = R"({"event_type":"order.paid","event_id":"e-7"})";
  for (const int status : {201, 200}) {
    for (const std::string tenant : {"t1", "t2"}) {
      CAPTURE(status, tenant);
      const Reply reply = host.post("/v1/events", event, "X-Tenant: " + tenant + "\r\n");
      CHECK(reply.status == status);
      CHECK(reply.json()["position"] == (tenant == "t1" ? 1 : 2));
    }
  }
  CHECK(host.rig.recorded().size() == 2);
}

TEST_CASE("events of more types than are remembered reach their subscribers like any other") {
  ServedEvents host;
  host.with({tests::subscriber(host.rig, {tests::subscription("a", "*", "sync"), tests::subscription("b", "order.*", "background")})});
  const auto table = host.rig.bus().table();
  for (std::size_t i = 0; i < events::Table::most_remembered; ++i) table->matches("t" + std::to_string(i));
  CHECK(&table->matches("order.n1") == &table->matches("order.n2"));
  for (const char* const type : {"order.paid", "user.left"})
    CHECK(host.post("/v1/events", R"({"event_type":")" + std::string(type) + "\"}").status == 201);
  CHECK(tests::eventually([&] { return host.rig.recorded().size() == 3; }));
}

TEST_CASE("an array that is kept nowhere is handed out as a whole, or refused as a whole") {
  events::BusLimits limits;
  limits.background = {.most_waiting = 4, .most_bytes = 1 << 20, .most_busy = 1};
  ServedEvents host(limits, tests::Log::none);
  const tests::Gate gate(host.rig.directory() / "gate");
  host.with({tests::subscriber(host.rig, {tests::subscription("a", "*", "background", R"("do":"block","order":"strict")")}, "subscriber",
                               gate.member())});
  const std::string batch = R"([{"event_type":"a.n"},{"event_type":"a.n"},{"event_type":"a.n"}])";
  int taken = 0;
  while (host.post("/v1/events", batch).status == 202 && taken < 10) ++taken;
  CHECK(taken < 10);
  CHECK(gate.open_until([&] { return host.rig.recorded().size() == static_cast<std::size_t>(taken) * 3; }));
}

TEST_CASE("an array is published as a whole, in its order, or not at all") {
  ServedEvents host;
  host.with();
  const Reply reply = host.post("/v1/events", R"([{"event_type":"a.one"},{"event_type":"a.two"}])");
  CHECK(reply.status == 201);
  CHECK(reply.json().size() == 2);
  CHECK(reply.json()[1]["position"] == 2);
  const Reply refused = host.post("/v1/events", R"([{"event_type":"a.three"},{"event_type":"No Type"}])");
  CHECK(refused.status == 400);
  CHECK(refused.json()["detail"].get<std::string>().find("event 2") != std::string::npos);
  CHECK(logged(host).size() == 2);
}

TEST_CASE("a caller that waits for less is answered 202") {
  ServedEvents host;
  host.with();
  CHECK(host.post("/v1/events?promise=queued", R"({"event_type":"a"})").status == 202);
  CHECK(host.post("/v1/events?promise=memory", R"({"event_type":"a"})").status == 202);
  CHECK(test::eventually([&] { return logged(host).size() == 1; }));
}

TEST_CASE("without a log an event is delivered and kept nowhere, and the promise durable is refused") {
  ServedEvents host({}, tests::Log::none);
  host.with({tests::subscriber(host.rig, {tests::subscription("a", "*", "sync")})});
  CHECK(host.post("/v1/events", R"({"event_type":"a"})").status == 202);
  CHECK(host.rig.recorded().size() == 1);
  CHECK(host.post("/v1/events?promise=durable", R"({"event_type":"a"})").status == 501);
  CHECK(host.get("/v1/events").status == 501);
  CHECK(host.get("/v1/events/stream").status == 501);
  CHECK(host.get("/v1/dead-letters").status == 501);
}

TEST_CASE("an event that is none is refused with what was wanted and what was found") {
  struct Row {
    const char* body;
    int status;
    const char* said;
  };
  const std::vector<Row> rows{
      {R"({})", 400, "event_type"},
      {R"([])", 400, "1 to 1000 events"},
      {R"("text")", 400, "an object"},
      {R"({"event_type":"a","payload":[1]})", 400, "payload: wanted a JSON object"},
      {R"({"event_type":"a","payload":{"x":1,"x":2}})", 400, "body"},
      {R"({"event_type":"a","colour":"red"})", 400, "colour"},
      {R"({"event_type":"a","timestamp":"yesterday"})", 400, "timestamp"},
      {R"({"event_type":"a","event_id":""})", 400, "event_id"},
      {R"({"event_type":"a","event_id":7})", 400, "event_id: wanted a text"},
      {R"({"event_type":"a","source":"two words"})", 400, "source"},
      {R"({"event_type":"a","source":"plugin:x"})", 403, "source"},
      {R"({"event_type":"a","actor_id":"bob"})", 403, "actor_id"},
      {R"({"event_type":"a","tenant_id":"t2"})", 403, "tenant_id"},
      {R"({"event_type":"resource.created"})", 403, "resource.*"},
      {R"({"event_type":"plugin.loaded"})", 403, "plugin.*"},
      {R"({"event_type":"a"} x)", 400, "body"},
  };
  ServedEvents host;
  host.with();
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const Reply reply = host.post("/v1/events", row.body, "X-Actor: ann\r\n");
    CHECK(reply.status == row.status);
    CHECK(reply.json()["detail"].get<std::string>().find(row.said) != std::string::npos);
  }
  CHECK(host.post("/v1/events?promise=soon", R"({"event_type":"a"})").status == 400);
  CHECK(host.ask("POST", "/v1/events", "Content-Type: text/plain\r\n", "x").status == 415);
  CHECK(logged(host).empty());
}

TEST_CASE("a CloudEvent goes in and comes out without a loss, alone and in a batch") {
  ServedEvents host;
  host.with();
  const Json given{{"specversion", "1.0"},     {"id", "ce-1"},           {"source", "https://shop.example/orders"},
                   {"type", "order.paid"},     {"subject", "o1"},        {"time", "2026-01-31T12:00:00.123456Z"},
                   {"tenantid", "t1"},         {"actorid", "ann"},       {"correlationid", "c1"},
                   {"causationid", "x1"},      {"data", {{"amount", 12}}}, {"datacontenttype", "application/json"}};
  const std::string who = "X-Actor: ann\r\nX-Tenant: t1\r\n";
  CHECK(host.ask("POST", "/v1/events", cloud + who, given.dump()).status == 201);
  Json second = given;
  second["id"] = "ce-2";
  const Reply batch = host.ask("POST", "/v1/events", clouds + who, Json::array({given, second}).dump());
  CHECK(batch.status == 201);
  CHECK(batch.json()[0]["known"] == true);
  CHECK(batch.json()[1]["known"] == false);

  Json found = logged(host, "?format=cloudevent").at(0);
  CHECK(found["position"] == "1");
  found.erase("position");
  CHECK(found == given);
}

TEST_CASE("a CloudEvent with an extension that would be lost is refused by its name") {
  ServedEvents host;
  host.with();
  const Reply reply = host.ask("POST", "/v1/events", cloud,
                               R"({"specversion":"1.0","id":"1","source":"s","type":"a","traceparent":"00-1"})");
  CHECK(reply.status == 400);
  CHECK(reply.json()["detail"].get<std::string>().find("traceparent") != std::string::npos);
  CHECK(host.ask("POST", "/v1/events", cloud, R"({"specversion":"0.3","id":"1","source":"s","type":"a"})").status == 400);
  CHECK(host.ask("POST", "/v1/events", cloud, R"({"specversion":"1.0","source":"s","type":"a"})").status == 400);
  CHECK(host.ask("POST", "/v1/events", cloud,
                 R"({"specversion":"1.0","id":"1","source":"s","type":"a","datacontenttype":"text/xml","data":"<a/>"})")
            .status == 400);
}
