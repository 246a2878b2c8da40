// GET /v1/events and /v1/events/stream: the past by pages, and the present as it comes.
#include <future>
#include <nlohmann/json.hpp>

#include "http/served_events.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace std::chrono_literals;
using base::Json;
using test::Reply;
using test::request;
using test::ServedEvents;
using test::Wire;

namespace {

std::vector<std::string> types_of(const Json& page) {
  std::vector<std::string> types;
  for (const Json& event : page["items"]) types.push_back(event["event_type"]);
  return types;
}
using Types = std::vector<std::string>;

// A connection that follows the log. Chunks are looked into as text: no line of them is cut.
class Follower {
 public:
  Follower(const ServedEvents& host, std::string_view target, std::string_view fields = "") : wire_(host.server->port()) {
    wire_.send(request("GET", target, fields));
  }

  // Whether all of that has come by now or does come, in this order.
  bool sees(const std::vector<std::string>& wanted) {
    const auto all = [&] {
      std::size_t at = 0;
      for (const std::string& one : wanted) {
        at = text_.find(one, at);
        if (at == std::string::npos) return false;
        at += one.size();
      }
      return true;
    };
    while (!all()) {
      const std::string more = wire_.receive();
      if (more.empty()) return false;
      text_ += more;
    }
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  Wire wire_;
  std::string text_;
};

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t number = 0;
  for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + wanted.size())) ++number;
  return number;
}

}  // namespace

TEST_CASE("the log is read by type pattern, actor, key, position and in both directions, page by page") {
  ServedEvents host;
  host.with();
  host.publish({"order.paid", "order.line.added", "user.left"});
  host.post("/v1/events", R"({"event_type":"order.paid","key":"k"})", "X-Actor: ann\r\n");
  const auto types = [&](const std::string& query) { return types_of(host.get("/v1/events" + query).json()); };
  CHECK(types("") == Types{"order.paid", "order.line.added", "user.left", "order.paid"});
  CHECK(types("?type=order.*") == Types{"order.paid", "order.paid"});
  CHECK(types("?type=order.%3E") == Types{"order.paid", "order.line.added", "order.paid"});
  CHECK(types("?actor=ann") == Types{"order.paid"});
  CHECK(types("?key=k") == Types{"order.paid"});
  CHECK(types("?after=2") == Types{"user.left", "order.paid"});
  CHECK(types("?before=2") == Types{"order.paid"});
  CHECK(types("?order=newest&limit=2") == Types{"order.paid", "user.left"});
  CHECK(types("?until=2020-01-01T00:00:00Z").empty());
  CHECK(types("?since=2020-01-01T00:00:00Z").size() == 4);

  const Json first = host.get("/v1/events?limit=3").json();
  CHECK(first["next"] == 3);
  const Json last = host.get("/v1/events?limit=3&after=3").json();
  CHECK(types_of(last) == Types{"order.paid"});
  CHECK(last["next"].is_null());
  const Json newest = host.get("/v1/events?limit=3&order=newest").json();
  CHECK(types_of(host.get("/v1/events?order=newest&before=" + newest["next"].dump()).json()) == Types{"order.paid"});
}

TEST_CASE("a question that is none is refused by the name of its parameter") {
  ServedEvents host;
  host.with();
  for (const std::string query : {"type=a..b", "since=now", "until=1", "after=-1", "before=0", "order=up", "format=xml", "limit=0", "limit=x"}) {
    CAPTURE(query);
    const Reply reply = host.get("/v1/events?" + query);
    CHECK(reply.status == 400);
    CHECK(reply.json()["detail"].get<std::string>().find(query.substr(0, query.find('='))) != std::string::npos);
  }
}

TEST_CASE("a caller of a tenant sees the events of its tenant alone, whatever it asks for") {
  ServedEvents host;
  host.with();
  for (const std::string tenant : {"t1", "t2"})
    host.post("/v1/events", R"({"event_type":")" + tenant + R"(.said"})", "X-Tenant: " + tenant + "\r\n");
  CHECK(types_of(host.get("/v1/events").json()).size() == 2);
  CHECK(types_of(host.get("/v1/events?tenant=t2").json()) == Types{"t2.said"});
  CHECK(types_of(host.get("/v1/events", "X-Tenant: t1\r\n").json()) == Types{"t1.said"});
  CHECK(host.get("/v1/events?tenant=t2", "X-Tenant: t1\r\n").status == 403);
  CHECK(host.get("/v1/dead-letters", "X-Tenant: t1\r\n").status == 403);
  Follower follower(host, "/v1/events/stream?after=0", "X-Tenant: t2\r\n");
  CHECK(follower.sees({"t2.said"}));
  CHECK(follower.text().find("t1.said") == std::string::npos);
}

TEST_CASE("a follower is sent the past and then the present, without a gap or a double between them") {
  ServedEvents host;
  host.with();
  host.publish({"past.one", "past.two"});
  Follower follower(host, "/v1/events/stream?after=0");
  std::vector<std::string> wanted{"text/event-stream", "id: 1\n", "past.one", "id: 2\n", "past.two"};
  CHECK(follower.sees(wanted));
  for (int i = 0; i < 200; ++i) {
    host.publish({"now.n" + std::to_string(i)});
    wanted.push_back("\"now.n" + std::to_string(i) + "\"");
  }
  CHECK(follower.sees(wanted));
  CHECK(count(follower.text(), "data: ") == 202);
}

TEST_CASE("a follower that comes back with Last-Event-ID goes on behind it") {
  ServedEvents host;
  host.with();
  host.publish({"a.one", "a.two", "a.three"});
  Follower follower(host, "/v1/events/stream?after=0", "Last-Event-ID: 2\r\n");
  CHECK(follower.sees({"a.three"}));
  CHECK(follower.text().find("a.two") == std::string::npos);
  CHECK(host.get("/v1/events/stream", "Last-Event-ID: last\r\n").status == 400);
}

TEST_CASE("a follower sees what it asked for, from now on when it does not say otherwise") {
  ServedEvents host;
  host.with();
  host.publish({"order.old"});
  Follower follower(host, "/v1/events/stream?type=order.*&format=cloudevent");
  CHECK(follower.sees({"id: 1\n"}));  // where it begins
  host.publish({"user.left", "order.new"});
  CHECK(follower.sees({"\"specversion\":\"1.0\"", "order.new"}));
  CHECK(follower.text().find("order.old") == std::string::npos);
  CHECK(follower.text().find("user.left") == std::string::npos);
}

TEST_CASE("a follower is told of events that the log no longer has") {
  ServedEvents host;
  host.with();
  host.publish({"a.one", "a.two", "a.three"});
  REQUIRE(host.rig.store().events().retain({.max_events = 1}, base::SystemClock().now()));
  Follower follower(host, "/v1/events/stream", "Last-Event-ID: 1\r\n");
  CHECK(follower.sees({"event: missed\n", R"({"from":2,"to":2})", "a.three"}));
}

TEST_CASE("a follower is told of a gap behind a dead letter that was kept, and of a log that was emptied") {
  ServedEvents host;
  host.with();
  host.publish({"a.one", "a.two", "a.three", "a.four"});
  auto& deliveries = host.rig.store().deliveries();
  const auto now = base::SystemClock().now();
  REQUIRE(deliveries.open_cursor("p/s", 4, now));
  std::promise<bool> kept;
  deliveries.keep({"p/s", 1, {}, {{1, store::DeliveryState::dead}}}, [&](const base::Result<void>& result) { kept.set_value(result.has_value()); });
  REQUIRE(kept.get_future().get());
  REQUIRE(host.rig.store().events().retain({.max_events = 1}, now));
  Follower later(host, "/v1/events/stream", "Last-Event-ID: 1\r\n");
  CHECK(later.sees({"event: missed\n", R"({"from":2,"to":3})", "a.four"}));
  Follower first(host, "/v1/events/stream?after=0");
  CHECK(first.sees({"event: missed\n", R"({"from":1,"to":3})", "a.one", "a.four"}));
  CHECK(host.get("/v1/events").json()["removed_up_to"] == 3);

  REQUIRE(host.rig.store().events().retain({.max_age = 1us, .unread = store::Retention::Unread::dropped}, now + 1h));
  Follower last(host, "/v1/events/stream", "Last-Event-ID: 1\r\n");
  CHECK(last.sees({"event: missed\n", R"({"from":2,"to":4})"}));
  CHECK(host.get("/v1/events").json() == Json{{"items", Json::array()}, {"next", nullptr}, {"removed_up_to", 4}});
}

TEST_CASE("a follower is told of a gap once, however long it is") {
  ServedEvents host;
  host.with();
  store::UnitOfWork many{"ann", base::SystemClock().now(), {}};
  for (int i = 0; i < 45'000; ++i) many.events.push_back(tests::event("a.n"));
  std::promise<bool> published;
  host.rig.store().commit(std::move(many), [&](const store::CommitResult& result) { published.set_value(result.has_value()); });
  REQUIRE(published.get_future().get());
  auto& log = host.rig.store().events();
  REQUIRE(log.retain({.max_events = 1, .most = 50'000}, base::SystemClock().now()));
  Follower follower(host, "/v1/events/stream", "Last-Event-ID: 1\r\n");
  CHECK(follower.sees({R"({"from":2,"to":44999})", "id: 45000\n"}));
  CHECK(count(follower.text(), "event: missed") == 1);
}

TEST_CASE("a page of the log ends at four MiB, wherever its limit is, and the next one goes on behind it") {
  ServedEvents host;
  host.with();
  for (int i = 0; i < 5; ++i) {
    model::Event large = tests::event("a.n" + std::to_string(i));
    large.payload = model::Document::trusted(R"({"text":")" + std::string(1'500'000, 'x') + "\"}");
    REQUIRE(tests::publish(host.rig, std::move(large), plugin::Promise::durable));
  }
  const Json first = host.get("/v1/events?limit=100").json();
  CHECK(types_of(first) == Types{"a.n0", "a.n1", "a.n2"});
  CHECK(first["next"] == 3);
  const Json last = host.get("/v1/events?limit=100&after=3").json();
  CHECK(types_of(last) == Types{"a.n3", "a.n4"});
  CHECK(last["next"].is_null());
}

TEST_CASE("followers end when the host stops, and are told so by the end of their stream") {
  ServedEvents host;
  host.with();
  Follower follower(host, "/v1/events/stream");
  CHECK(follower.sees({"id: 0\n"}));
  CHECK(host.server->stop(std::chrono::steady_clock::now() + 10s) == 0);
  CHECK(follower.sees({"\r\n0\r\n\r\n"}));
}

TEST_CASE("a line break in a payload does not end an event of the stream") {
  ServedEvents host;
  host.with();
  host.post("/v1/events", "{\"event_type\":\"a\",\"payload\":{\n\"x\":\r\n1}}");
  Follower follower(host, "/v1/events/stream?after=0");
  CHECK(follower.sees({"data: {", "\"x\":", "}\n\n"}));
  CHECK(count(follower.text(), "\n\n") <= 2);
}
