// The promises made to publishers and subscribers of events, one by one, as a host keeps them: with a plugin that is written with the SDK
// and loaded from its shared library, and a real store. tests/sdk holds the same against the SDK's stand-in for a host.
#include <algorithm>
#include <set>

#include "events/subscribed.hpp"
#include "support/catch.hpp"
#include "support/standard_error.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using model::Action;

namespace {

using Lines = std::vector<std::string>;

// A host with the plugin in this scenario (see tests/fixtures/event_bus.cpp).
class EventScenario {
 public:
  explicit EventScenario(const std::string& name, const std::string& more = {}, Log log = Log::kept)
      : rig({}, soon(), log) {
    plug = {.fixture = "event_bus",
            .config = rig.recording(R"("scenario":")" + name + "\"" + more),
            .adjust = [](manifest::PluginSettings& entry) {
              entry.grants.publish = {"*"};
              entry.grants.subscribe = {"*"};
            }};
    rig.load({plug});
  }

  Lines printed() const { return rig.recorded(); }
  bool prints(std::size_t lines) {
    return eventually([&] { return printed().size() == lines; });
  }

  Rig rig;
  Plug plug;

 private:
  static events::BusLimits soon() {
    events::BusLimits limits;
    limits.durable.first_delay = 2ms;
    limits.durable.longest_delay = 8ms;
    return limits;
  }
};

model::Event with_payload(const std::string& type, const std::string& payload) {
  model::Event made = event(type);
  const auto parsed = model::Document::parse(payload);
  REQUIRE(parsed);
  made.payload = *parsed;
  return made;
}

model::Event registered() { return with_payload("user.registered", R"({"user_id":"u1","email":"ann@example.org"})"); }
model::Event paid(const std::string& id = "p1") {
  return with_payload("payment.completed", R"({"payment_id":")" + id + R"(","amount":12.5,"currency":"EUR"})");
}
model::Event cancelled() { return with_payload("booking.cancelled", R"({"booking_id":"b7","reason":"rain"})"); }

std::vector<model::Event> replay(Rig& rig, const store::EventQuery& query = {}) {
  std::vector<model::Event> found;
  REQUIRE(rig.store().events().read_events(query, [&](const model::Event& event) {
    found.push_back(event);
    return true;
  }));
  return found;
}

operation::Request by_ann_of_acme(Action action, const std::string& id, const std::string& body = {}) {
  operation::Request made = request(action, id, body);
  made.caller = {"ann", "acme"};
  return made;
}

}  // namespace

TEST_CASE("in a host any number of subscribers react to an event, and its publisher knows none of them") {
  EventScenario scenario("many");
  REQUIRE(publish(scenario.rig, registered()));
  Lines wanted;
  for (int i = 0; i < 20; ++i) wanted.push_back(std::to_string(i));
  CHECK(scenario.printed() == wanted);
  REQUIRE(publish(scenario.rig, cancelled()));
  CHECK(scenario.printed() == wanted);
}

TEST_CASE("in a host an event gets a UUID and the time in UTC by itself, and has a type, a tenant, an actor and a payload") {
  EventScenario scenario("envelope");
  const auto before = base::SystemClock().now();
  REQUIRE(scenario.rig.run(by_ann_of_acme(Action::create, "n1", "{}")).answer);
  REQUIRE(scenario.rig.run(by_ann_of_acme(Action::remove, "n1")).answer);
  const auto events = replay(scenario.rig, {.pattern = "booking.cancelled"});
  REQUIRE(events.size() == 1);
  const model::Event& one = events.front();
  CHECK(one.id.size() == 36);
  CHECK(one.id[14] == '7');
  CHECK(one.time >= before);
  CHECK(one.time <= base::SystemClock().now());
  const std::string line = one.id + " booking.cancelled " + std::to_string(one.time.time_since_epoch().count()) +
                           R"( tenant=acme actor=ann payload={"booking_id":"n1","reason":"deleted"})";
  const Lines lines = scenario.printed();
  CHECK(std::count(lines.begin(), lines.end(), line) == 1);
}

TEST_CASE("in a host no two events have the same id") {
  EventScenario scenario("envelope");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  for (int i = 0; i < 50; ++i) {
    REQUIRE(scenario.rig.act(Action::remove, "n1").answer);
    REQUIRE(scenario.rig.act(Action::restore, "n1").answer);
  }
  std::set<std::string> ids;
  for (const model::Event& one : replay(scenario.rig)) ids.insert(one.id);
  CHECK(ids.size() == 1 + 4 * 50);
}

TEST_CASE("in a host an event may have no tenant and no payload") {
  EventScenario scenario("envelope");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  REQUIRE(scenario.rig.act(Action::remove, "n1").answer);
  REQUIRE(scenario.rig.act(Action::restore, "n1").answer);
  const auto ticks = replay(scenario.rig, {.pattern = "tick"});
  REQUIRE(ticks.size() == 1);
  CHECK(ticks.front().tenant.empty());
  CHECK(ticks.front().payload.text() == "{}");
}

TEST_CASE("in a host resource.created, resource.updated and resource.deleted tell of a resource's creation, update and soft or hard delete") {
  EventScenario scenario("built_in");
  REQUIRE(scenario.rig.create("n1", R"({"title":"one"})").answer);
  REQUIRE(scenario.rig.update("n1", R"({"title":"two"})").answer);
  REQUIRE(scenario.rig.act(Action::remove, "n1").answer);
  REQUIRE(scenario.rig.act(Action::purge, "n1").answer);
  CHECK(scenario.printed() == Lines{"created note n1", R"(updated note n1 {"/title":{"new":"two","old":"one"}})", "deleted note n1",
                                    "purged note n1"});
}

TEST_CASE("in a host payment.completed and user.registered are typed events that the plugins publish which own those lifecycles") {
  EventScenario scenario("lifecycle");
  REQUIRE(scenario.rig.run(by_ann_of_acme(Action::create, "u1", "{}")).answer);
  operation::Request payment = by_ann_of_acme(Action::create, "p1", R"({"amount":12.5})");
  payment.type = "task";
  REQUIRE(scenario.rig.run(payment).answer);
  CHECK(scenario.printed() == Lines{"registered u1 ann@example.org", "paid p1 12.500000 EUR acme ann"});
}

TEST_CASE("in a host an event of one's own is a struct with its type and its fields") {
  EventScenario scenario("own");
  REQUIRE(publish(scenario.rig, cancelled()));
  CHECK(scenario.printed() == Lines{"b7 rain"});
}

TEST_CASE("in a host publish calls all sync subscribers of the type in the order registered, and waits for them") {
  EventScenario scenario("order");
  REQUIRE(publish(scenario.rig, registered()));
  CHECK(scenario.printed() == Lines{"pattern", "typed", "all"});
}

TEST_CASE("in a host a sync subscriber that raises is logged by its name, the rest run, and publish does not fail for it") {
  EventScenario scenario("throws");
  const StandardError log(scenario.rig.directory() / "log");
  CHECK(publish(scenario.rig, registered()));
  CHECK(scenario.printed() == Lines{"first", "last"});
  CHECK(log.text().find("'failing' of plugin 'event-bus'") != std::string::npos);
  CHECK(log.text().find("no mail server") != std::string::npos);
}

TEST_CASE("in a host a background subscriber that raises is logged by its name, and nothing of it reaches the publisher") {
  EventScenario scenario("throws");
  const StandardError log(scenario.rig.directory() / "log");
  CHECK(publish(scenario.rig, registered()));
  CHECK(eventually([&] { return log.text().find("'failing-later' of plugin 'event-bus'") != std::string::npos; }));
}

TEST_CASE("in a host a subscriber that raises does not fail the operation whose handler published") {
  EventScenario scenario("hook");
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  CHECK(scenario.rig.act(Action::remove, "n1").answer);
  CHECK(scenario.printed() == Lines{"published"});
}

TEST_CASE("in a host publish returns at once for background subscribers, which run beside it") {
  const TemporaryDirectory directory;
  const Gate gate(directory / "gate");
  EventScenario scenario("waits", "," + gate.member());
  REQUIRE(publish(scenario.rig, registered()));
  CHECK(scenario.printed() == Lines{"done at once"});
  gate.open();
  REQUIRE(scenario.prints(2));
  CHECK(scenario.printed().back() == "mailed");
}

TEST_CASE("in a host a handler subscribes to a type by its name and reads the payload by member") {
  EventScenario scenario("by_name");
  REQUIRE(publish(scenario.rig, paid()));
  REQUIRE(publish(scenario.rig, registered()));
  REQUIRE(scenario.prints(2));
  CHECK(scenario.printed() == Lines{"marked p1", "mailed ann@example.org"});
}

TEST_CASE("in a host a subscriber to * sees every event on the bus, whoever published it") {
  EventScenario scenario("audit");
  for (const char* type : {"tick", "a.b.c.d"}) REQUIRE(publish(scenario.rig, event(type)));
  REQUIRE(scenario.rig.create("n1", "{}").answer);
  REQUIRE(scenario.prints(3));
  Lines lines = scenario.printed();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"Event: a.b.c.d by ann", "Event: resource.created by ann", "Event: tick by ann"});
}

TEST_CASE("in a host order.confirmed is that type, order.* one segment more, order.> the rest") {
  const auto heard = [](const std::string& pattern) {
    EventScenario scenario("pattern", R"(,"pattern":")" + pattern + "\"");
    for (const char* type : {"order", "order.confirmed", "order.line.added", "orders.confirmed"})
      REQUIRE(publish(scenario.rig, event(type)));
    return scenario.printed();
  };
  CHECK(heard("order.confirmed") == Lines{"order.confirmed"});
  CHECK(heard("order.*") == Lines{"order.confirmed"});
  CHECK(heard("order.>") == Lines{"order.confirmed", "order.line.added"});
  CHECK(heard("*").size() == 4);
}

TEST_CASE("without an event log events vanish after their handlers have run") {
  EventScenario scenario("own", {}, Log::none);
  const auto published = publish(scenario.rig, cancelled());
  REQUIRE(published);
  CHECK(published->position == 0);
  CHECK(scenario.printed() == Lines{"b7 rain"});
  CHECK(replay(scenario.rig).empty());
}

TEST_CASE("with an event log every published event is in it with its whole envelope, before a handler is called") {
  EventScenario scenario("own");
  model::Event given = cancelled();
  given.tenant = "acme";
  given.key = "b7";
  given.causation_id = "c1";
  REQUIRE(publish(scenario.rig, given));
  const auto events = replay(scenario.rig);
  REQUIRE(events.size() == 1);
  const model::Event& kept = events.front();
  CHECK(kept.id == given.id);
  CHECK(kept.type == given.type);
  CHECK(kept.tenant == "acme");
  CHECK(kept.actor == "ann");
  CHECK(kept.payload.text() == given.payload.text());
  CHECK(kept.time == given.time);
  CHECK(kept.source == "test");
  CHECK(kept.key == "b7");
  CHECK(kept.correlation_id == given.correlation_id);
  CHECK(kept.causation_id == "c1");
  CHECK(kept.position == 1);
}

TEST_CASE("the event log is read back for one tenant, for one type, for one time, and up to a number") {
  EventScenario scenario("own");
  for (int i = 0; i < 30; ++i) {
    model::Event one = i % 3 == 0 ? paid("p" + std::to_string(i)) : cancelled();
    one.tenant = i % 2 == 0 ? "acme" : "";
    REQUIRE(publish(scenario.rig, one));
  }
  CHECK(replay(scenario.rig, {.tenant = "acme"}).size() == 15);
  CHECK(replay(scenario.rig, {.pattern = "payment.completed"}).size() == 10);
  CHECK(replay(scenario.rig, {.pattern = "payment.*", .tenant = "acme"}).size() == 5);
  const auto events = replay(scenario.rig);
  REQUIRE(events.size() == 30);
  CHECK(replay(scenario.rig, {.since = events[10].recorded_at}).size() >= 20);
  CHECK(replay(scenario.rig, {.after = 10, .up_to = 20}).size() == 10);
}

TEST_CASE("one event log is the audit trail of all tenants") {
  EventScenario scenario("own");
  for (const char* tenant : {"acme", "globex", ""}) {
    operation::Request create = request(Action::create, "n1", "{}");
    create.caller = {"ann", tenant};
    REQUIRE(scenario.rig.run(create).answer);
  }
  Lines tenants;
  for (const model::Event& one : replay(scenario.rig, {.pattern = "resource.created"})) tenants.push_back(one.tenant);
  CHECK(tenants == Lines{"acme", "globex", ""});
}

TEST_CASE("in a host side effects are wired apart from the service, each in a handler of its own") {
  EventScenario scenario("effects");
  REQUIRE(publish(scenario.rig, paid()));
  REQUIRE(scenario.prints(3));
  Lines lines = scenario.printed();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"invoice p1", "receipt p1", "rewards p1"});
}

TEST_CASE("in a host delivery is guaranteed to a durable subscriber: until it has handled the event, and from where it was") {
  EventScenario scenario("guaranteed");
  REQUIRE(publish(scenario.rig, paid("p1")));
  REQUIRE(scenario.prints(3));
  CHECK(scenario.printed() == Lines{"p1 attempt 1", "p1 attempt 2", "p1 attempt 3"});
  REQUIRE(eventually([&] {
    const auto one = scenario.rig.bus().durable().figures().at(0);
    return one.behind == 0 && one.waiting == 0;
  }));
  scenario.rig.load({});
  REQUIRE(publish(scenario.rig, paid("p2")));
  scenario.rig.load({scenario.plug});
  REQUIRE(scenario.prints(6));
  CHECK(scenario.printed().back() == "p2 attempt 3");
}
