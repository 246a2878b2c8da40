// Subscribers that break, each in its own way, beside others: these are given every event, in order.
#include <algorithm>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

constexpr std::uint64_t times = 300;

Plug hasty(Plug plug) {
  const auto adjust = plug.adjust;
  plug.adjust = [adjust](manifest::PluginSettings& entry) {
    adjust(entry);
    entry.deadline = 30ms;
  };
  return plug;
}

Plug thrower(const Rig& rig, const std::string& mode) {
  return {.fixture = "subscriber_throws",
          .config = rig.recording(R"("mode":")" + mode + "\""),
          .adjust = [](manifest::PluginSettings& entry) { entry.grants.subscribe = {"*"}; },
          .id = "thrower"};
}

// The events that a subscription was given, in order; the host says meanwhile that one is quarantined.
Lines given_to(const Lines& lines, const std::string& name) {
  Lines given;
  for (const std::string& line : lines)
    if (line.starts_with(name + " ") && !line.starts_with(name + " plugin.")) given.push_back(line.substr(name.size() + 1));
  return given;
}

Lines all_of_key(const std::string& key) {
  Lines wanted;
  for (std::uint64_t i = 0; i < times; ++i) wanted.push_back("n" + std::to_string(i) + " " + key + " 1");
  return wanted;
}

}  // namespace

TEST_CASE("sync subscribers beside one that throws are given every event in order, also while it is quarantined") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")}, "first"), thrower(rig, "sync"),
            subscriber(rig, {subscription("b", "*", "sync")}, "last")});
  for (std::uint64_t i = 0; i < times; ++i) REQUIRE(publish(rig, event("n" + std::to_string(i), "x"), plugin::Promise::memory));
  const Lines lines = rig.recorded();
  CHECK(given_to(lines, "a") == all_of_key("x"));
  CHECK(given_to(lines, "b") == all_of_key("x"));
  const auto& counters = rig.registry().instances()[1]->counters;
  CHECK(counters.faults.load() >= std::uint64_t{plugin::Breaker::most_faults});
  CHECK(counters.skipped.load() > 0);
  CHECK(counters.faults.load() + counters.skipped.load() >= times);
}

TEST_CASE("what became of the events of a sync subscription is counted, those in memory among them") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync"), subscription("b", "two", "sync", R"("do":"fault")")})});
  for (const char* type : {"one", "two", "one"}) REQUIRE(publish(rig, event(type), plugin::Promise::memory));
  REQUIRE(publish(rig, event("one")));
  const auto& subscriptions = rig.registry().instances().front()->subscriptions();
  CHECK(subscriptions[0].counts->delivered.load() == 4);
  CHECK(subscriptions[0].counts->failed == 0);
  CHECK(subscriptions[1].counts->delivered.load() == 0);
  CHECK(subscriptions[1].counts->failed == 1);
}

TEST_CASE("in memory, too, a sync subscriber that never returns is given up, and the others are called all the same") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "sync")}, "first"),
            hasty(subscriber(rig, {subscription("b", "*", "sync", R"("do":"block")"), subscription("c", "*", "sync")},
                             "hanger", gate.member())),
            subscriber(rig, {subscription("d", "*", "sync")}, "last")});
  std::atomic<bool> published{false};
  std::thread publisher([&] { published = publish(rig, event("one"), plugin::Promise::memory).has_value(); });
  CHECK(eventually([&] { return rig.recorded() == Lines{"a one  1", "b one  1", "c one  1", "d one  1"}; }));
  CHECK_FALSE(published);
  gate.open();
  publisher.join();
  CHECK(published);
  const auto& hanger = *rig.registry().instances()[1];
  CHECK(hanger.counters.timeouts == 1);
  CHECK(hanger.subscriptions()[0].counts->failed == 1);
  CHECK(hanger.subscriptions()[1].counts->delivered.load() == 1);
  CHECK(rig.registry().instances()[0]->subscriptions()[0].counts->delivered.load() == 1);
}

TEST_CASE("in memory, too, the subscribers of a serial plugin are called in their turn, and nest") {
  Rig rig;
  Plug serial = subscriber(rig, {subscription("s", "nested.>", "sync", R"("do":"publish")")}, "serial");
  const auto adjust = serial.adjust;
  serial.adjust = [adjust](manifest::PluginSettings& entry) {
    adjust(entry);
    entry.threading = manifest::Threading::serial;
  };
  rig.load({subscriber(rig, {subscription("a", "*", "sync")}, "first"), serial,
            subscriber(rig, {subscription("z", "*", "sync")}, "last")});
  REQUIRE(publish(rig, event("nested.14"), plugin::Promise::memory));
  const Lines lines = rig.recorded();
  CHECK(given_to(lines, "a").size() == given_to(lines, "z").size());
  CHECK(given_to(lines, "s").size() == 17);
  CHECK(given_to(lines, "published").size() == 17);
}

TEST_CASE("subscriptions that were replaced stay as long as a publisher is on his way with them") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "sync", R"("do":"block")")}, "subscriber", gate.member())});
  std::thread publisher([&] { static_cast<void>(publish(rig, event("one"), plugin::Promise::memory)); });
  REQUIRE(eventually([&] { return rig.recorded().size() == 1; }));
  const std::weak_ptr<const events::Table> old = rig.bus().table();
  REQUIRE(rig.bus().set_plugins({}));
  CHECK_FALSE(old.expired());
  gate.open();
  publisher.join();
  CHECK(eventually([&] { return old.expired(); }));
}

TEST_CASE("a shutdown waits for publishers who are still with a subscriber, and tells of those who stay") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "sync", R"("do":"block")")}, "subscriber", gate.member())});
  std::thread publisher([&] { static_cast<void>(publish(rig, event("one"), plugin::Promise::memory)); });
  REQUIRE(eventually([&] { return rig.recorded().size() == 1; }));
  CHECK(rig.bus().close(std::chrono::steady_clock::now()).busy == 1);
  gate.open();
  CHECK(rig.bus().close(std::chrono::steady_clock::now() + 20s).busy == 0);
  publisher.join();
}
