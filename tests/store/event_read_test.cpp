#include "store/fresh_events.hpp"

namespace backplane::store::testing {

using base::Code;

namespace {

EventQuery of(std::string pattern) {
  EventQuery query;
  query.pattern = std::move(pattern);
  return query;
}

// A log of `count` events, of which every 100th is of the type rare.<n>, n from 0 to 9, and of the tenant "small".
void fill(Store& store, std::uint64_t count) {
  for (std::uint64_t i = 1; i <= count;) {
    std::vector<model::Event> some;
    for (; i <= count && some.size() < 500; ++i) {
      const bool rare = i % 100 == 0;
      some.push_back(event("e" + std::to_string(i), rare ? "rare.t" + std::to_string(i / 100 % 10) : "frequent"));
      some.back().tenant = rare ? "small" : "large";
    }
    publish(store, std::move(some), static_cast<std::int64_t>(i));
  }
}

}  // namespace

TEST_CASE("Events are found by the pattern of their type") {
  FreshStore store;
  for (const char* type : {"order", "order.paid", "order.paid.late", "orders.paid", "invoice.paid"}) publish(*store, {event(type, type)});
  CHECK(ids(*store) == "order order.paid order.paid.late orders.paid invoice.paid");
  CHECK(ids(*store, of("order.paid")) == "order.paid");
  CHECK(ids(*store, of("order.*")) == "order.paid");
  CHECK(ids(*store, of("order.>")) == "order.paid order.paid.late");
  CHECK(ids(*store, of("*.paid")) == "order.paid orders.paid invoice.paid");
  CHECK(ids(*store, of("no.such")).empty());
  CHECK(ids(*store, of("no.*")).empty());
}

TEST_CASE("A pattern that is none is an invalid argument") {
  FreshStore store;
  for (const char* wrong : {"", "Order", "order.", "order.>.x", "order.p*", ">", "a b"}) {
    INFO(wrong);
    const auto read = store->events().read_events(of(wrong), [](const model::Event&) { return true; });
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::invalid_argument);
    CHECK_THAT(read.error().message, Catch::StartsWith("event pattern: wanted "));
  }
}

TEST_CASE("Events are found by tenant, actor and key, and by the lack of them") {
  FreshStore store;
  model::Event a = event("a"), b = event("b"), c = event("c");
  b.tenant = "other";
  b.actor = "bob";
  b.key = "k";
  c.tenant = c.actor = c.key = "";
  publish(*store, {a, b, c});
  EventQuery by_tenant, by_actor, by_key, by_all;
  by_tenant.tenant = "other";
  CHECK(ids(*store, by_tenant) == "b");
  by_tenant.tenant = "";
  CHECK(ids(*store, by_tenant) == "c");
  by_tenant.tenant = "none";
  CHECK(ids(*store, by_tenant).empty());
  by_actor.actor = "ann";
  CHECK(ids(*store, by_actor) == "a");
  by_actor.actor = "";
  CHECK(ids(*store, by_actor) == "c");
  by_actor.actor = "plugin:orders";
  CHECK(ids(*store, by_actor).empty());
  by_key.key = "k";
  CHECK(ids(*store, by_key) == "b");
  by_key.key = "";
  CHECK(ids(*store, by_key) == "c");
  by_all = of("order.*");
  by_all.tenant = "other";
  by_all.actor = "bob";
  by_all.key = "k";
  CHECK(ids(*store, by_all) == "b");
  by_all.key = "l";
  CHECK(ids(*store, by_all).empty());
}

TEST_CASE("Events are found by position and by the time of their record") {
  FreshStore store;
  publish_many(*store, 1, 9);
  EventQuery query;
  query.after = 3;
  query.up_to = 6;
  CHECK(ids(*store, query) == "e4 e5 e6");
  query = {};
  query.since = at(7);
  CHECK(ids(*store, query) == "e7 e8 e9");
  query.until = at(9);
  CHECK(ids(*store, query) == "e7 e8");
  query.since.reset();
  query.until = at(3);
  CHECK(ids(*store, query) == "e1 e2");
  query.until = at(1);
  CHECK(ids(*store, query).empty());
  query.until = at(1000);
  query.since = at(10);
  CHECK(ids(*store, query).empty());
  query.since = at(8);
  query.until = at(5);
  CHECK(ids(*store, query).empty());
  query.since = at(4);
  query.until = at(8);
  query.after = 5;
  CHECK(ids(*store, query) == "e6 e7");
}

TEST_CASE("Events of one moment are found together by their time") {
  FreshStore store;
  for (const int time : {1, 2, 2, 2, 3, 3}) publish(*store, {event("e" + std::to_string(store->events().last_position() + 1))}, time);
  EventQuery query;
  query.since = at(2);
  query.until = at(3);
  CHECK(ids(*store, query) == "e2 e3 e4");
}

TEST_CASE("In a large log rare types and tenants are found in order, alone and together") {
  FreshStore store;
  fill(*store, 6000);
  EventQuery query = of("rare.t3");
  CHECK(ids(*store, query) == "e300 e1300 e2300 e3300 e4300 e5300");
  query.after = 300;
  query.up_to = 5299;
  CHECK(ids(*store, query) == "e1300 e2300 e3300 e4300");
  query.since = at(1502);
  query.until = at(3502);
  CHECK(ids(*store, query) == "e2300 e3300");
  query.tenant = "large";
  CHECK(ids(*store, query).empty());
  EventQuery small;
  small.tenant = "small";
  CHECK(events(*store, small).size() == 60);
  EventQuery all_rare = of("rare.*");
  const auto rare = events(*store, all_rare);
  REQUIRE(rare.size() == 60);
  for (std::size_t i = 0; i < rare.size(); ++i) CHECK(rare[i].position == (i + 1) * 100);
  CHECK(events(*store, of("frequent")).size() == 5940);
}

TEST_CASE("Several rare types are merged in the order of positions") {
  FreshStore store;
  for (int i = 0; i < 3000; ++i) {
    std::vector<model::Event> one{event("e" + std::to_string(i), i % 500 == 7 ? "rare.b" : i % 500 == 3 ? "rare.a" : i % 700 == 9 ? "rare.c" : "frequent")};
    store->commit(publishing(std::move(one)), [](const CommitResult&) {});
  }
  publish(*store, {event("last", "rare.a")});
  const auto rare = events(*store, of("rare.*"));
  CHECK(rare.size() == 18);
  CHECK(std::is_sorted(rare.begin(), rare.end(), [](const auto& a, const auto& b) { return a.position < b.position; }));
  CHECK(rare.back().id == "last");
}

TEST_CASE("A read ends where its reader wants, in either direction") {
  FreshStore store;
  publish_many(*store, 1, 10);
  std::string seen;
  const auto two = [&](const model::Event& found) {
    seen += found.id;
    return seen.size() < 4;
  };
  REQUIRE(store->events().read_events({}, two).has_value());
  CHECK(seen == "e1e2");
  seen.clear();
  REQUIRE(store->events().read_events_backwards({}, two).has_value());
  CHECK(seen == "e10e9");
}

TEST_CASE("A read sees one moment, while its reader publishes and reads") {
  FreshStore store;
  publish_many(*store, 1, 5);
  std::size_t seen = 0;
  REQUIRE(store->events().read_events({}, [&](const model::Event& found) {
    ++seen;
    publish(*store, {event("meanwhile" + std::to_string(found.position))});
    CHECK(store->events().event_at(found.position)->id == found.id);
    return true;
  }).has_value());
  CHECK(seen == 5);
  CHECK(events(*store).size() == 10);
}

TEST_CASE("An event is read by its position, or not found") {
  FreshStore store;
  publish_many(*store, 1, 2);
  CHECK(store->events().event_at(2)->id == "e2");
  for (const std::uint64_t none : {0u, 3u}) {
    const auto read = store->events().event_at(none);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::not_found);
    CHECK_THAT(read.error().message, Catch::EndsWith("position " + std::to_string(none)));
  }
}

TEST_CASE("A purge empties the payloads of the events about the resource, and leaves their envelopes") {
  FreshStore store;
  done(*store, create("a", "1"));
  model::Event about = event("about"), other = event("other"), others = event("others"), nothing = event("nothing");
  about.subject = others.subject = "note/a";
  others.tenant = "elsewhere";
  nothing.subject = "";
  publish(*store, {about, other, others, nothing});
  const std::uint64_t before = store->figures().event_bytes;
  UnitOfWork work = unit({Purge{note("a"), {}}});
  work.events = {event("purged", "resource.purged")};
  work.events.back().subject = "note/a";
  REQUIRE(commit(*store, std::move(work)).has_value());
  const auto all = events(*store);
  REQUIRE(all.size() == 5);
  CHECK(all[0].payload.text() == "{}");
  CHECK(all[0].key == about.key);
  CHECK(all[1].payload.text() == other.payload.text());
  CHECK(all[2].payload.text() == others.payload.text());
  CHECK(all[3].payload.text() == nothing.payload.text());
  CHECK(all[4].payload.text() == R"({"id":"purged"})");
  CHECK(store->figures().event_bytes > before);
}

TEST_CASE("A store that is closed reads and keeps no events") {
  FreshStore store;
  store->close();
  CHECK(store->events().read_events({}, [](const model::Event&) { return true; }).error().code == Code::unavailable);
  CHECK(store->events().event_at(1).error().code == Code::unavailable);
  CHECK(store->events().retain({}, at(1)).error().code == Code::unavailable);
  CHECK(keep(*store, {"p/s"}).error().code == Code::unavailable);
  CHECK(store->deliveries().cursors().error().code == Code::unavailable);
}

}  // namespace backplane::store::testing
