// Sync subscriptions: on the publisher's thread, in the order registered, each for itself.
#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TEST_CASE("sync subscribers of a type are called before publish returns, in the order registered, whatever their patterns") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "order.>", "sync"), subscription("b", "*", "sync"),
                             subscription("c", "order.confirmed", "sync"), subscription("d", "order.*", "sync"),
                             subscription("e", "payment.completed", "sync")})});
  REQUIRE(publish(rig, event("order.confirmed", "7")));
  CHECK(rig.recorded() == Lines{"a order.confirmed 7 1", "b order.confirmed 7 1", "c order.confirmed 7 1", "d order.confirmed 7 1"});
}

TEST_CASE("plugins are called in their order") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")}, "subscriber"), });
  REQUIRE(publish(rig, event("one")));
  CHECK(rig.recorded() == Lines{"a one  1"});
}

TEST_CASE("a sync subscriber that fails is counted, the others are called and the publisher does not learn of it") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync"), subscription("b", "*", "sync", R"("do":"fault")"),
                             subscription("c", "*", "sync")})});
  CHECK(publish(rig, event("one")));
  CHECK(rig.recorded() == Lines{"a one  1", "b one  1", "c one  1"});
  CHECK(rig.registry().instances().front()->counters.faults == 1);
}

TEST_CASE("a sync subscriber that never returns is given up, and the others are called all the same") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  Plug plug = subscriber(rig, {subscription("a", "*", "sync", R"("do":"block")"), subscription("b", "*", "sync")}, "subscriber",
                         gate.member());
  const auto adjust = plug.adjust;
  plug.adjust = [adjust](manifest::PluginSettings& entry) {
    adjust(entry);
    entry.deadline = 30ms;
  };
  rig.load({plug});
  std::atomic<bool> published{false};
  std::thread publisher([&] { published = publish(rig, event("one")).has_value(); });
  CHECK(eventually([&] { return rig.recorded() == Lines{"a one  1", "b one  1"}; }));
  gate.open();
  publisher.join();
  CHECK(published);
  CHECK(rig.registry().instances().front()->counters.timeouts == 1);
}

TEST_CASE("the time that an operation's sync subscribers take in a row is not that of its hooks: all of them are called") {
  constexpr auto budget = 500ms;
  Rig rig([&](manifest::OperationSettings& settings) { settings.budget = budget; });
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "resource.created", "sync", R"("do":"block")"), subscription("b", "*", "sync")},
                       "subscriber", gate.member())});
  std::atomic<bool> created{false};
  std::thread caller([&] { created = rig.create("n", "{}").answer.has_value(); });
  const auto begun = std::chrono::steady_clock::now();
  CHECK(eventually([&] { return rig.recorded().size() == 1 && std::chrono::steady_clock::now() > begun + 2 * budget; }));
  gate.open();
  caller.join();
  CHECK(created);
  CHECK(rig.recorded() == Lines{"a resource.created n 1", "b resource.created n 1"});
}

TEST_CASE("an event published inside a handler has it as its cause, and nesting ends at the limit of depth") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "nested.>", "sync", R"("do":"publish")")})});
  REQUIRE(publish(rig, event("nested.1")));
  const auto lines = rig.recorded();
  REQUIRE(lines.size() == 2 * 17);
  CHECK(lines[16] == "a nested.17  1");
  CHECK(lines[17] == "published " + std::to_string(static_cast<int>(base::Code::depth_exceeded)));
  CHECK(lines.back() == "published 0");
}

TEST_CASE("an operation inside an event's handler is one of its plugin's own") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "order.paid", "sync", R"("do":"create")")})});
  REQUIRE(publish(rig, event("order.paid")));
  CHECK(rig.recorded() == Lines{"a order.paid  1", "created 0"});
  CHECK(body_of(rig.get("made"))["created_by"] == "plugin:subscriber");
}

TEST_CASE("an event is in the log before its sync subscribers are called") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")})});
  const auto published = publish(rig, event("one"));
  REQUIRE(published);
  CHECK(published->position == 1);
  CHECK(rig.store().events().last_position() == 1);
}

TEST_CASE("an event whose id the log knows is not published again") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")})});
  const model::Event one = event("one");
  REQUIRE(publish(rig, one));
  const auto again = publish(rig, one);
  REQUIRE(again);
  CHECK(again->known);
  CHECK(again->position == 1);
  CHECK(rig.recorded().size() == 1);
}

TEST_CASE("with the promise memory an event is delivered and in no log") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")})});
  const auto published = publish(rig, event("one"), plugin::Promise::memory);
  REQUIRE(published);
  CHECK(published->position == 0);
  CHECK(rig.recorded().size() == 1);
  CHECK(rig.store().events().last_position() == 0);
}

TEST_CASE("a plugin that is quarantined is told of by an event of the host's own") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("breaks", "order.*", "sync", R"("do":"fault")")}),
            subscriber(rig, {subscription("watches", "plugin.>", "sync")}, "watcher")});
  for (int i = 0; i < plugin::Breaker::most_faults; ++i) REQUIRE(publish(rig, event("order.paid")));
  REQUIRE(eventually([&] { return rig.recorded().back() == "watches plugin.quarantined subscriber 1"; }));
  model::Event found;
  REQUIRE(rig.store().events().read_events({.pattern = "plugin.*"}, [&](const model::Event& one) {
    found = one;
    return true;
  }));
  CHECK(found.source == "host");
  CHECK(found.payload.text() == R"({"generation":1,"plugin":"subscriber","version":"1.0.0"})");
}

TEST_CASE("a plugin cannot publish what the host says itself, whatever it is granted") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("forges", "order.*", "sync", R"("do":"forge")"), subscription("sees", "resource.>", "sync")})});
  REQUIRE(publish(rig, event("order.paid")));
  CHECK(rig.recorded() == std::vector<std::string>{"forges order.paid  1", "forged " + std::to_string(BP_E_DENIED)});
}
