// Durable subscriptions that take up where the last host ended in the midst of something.
#include <algorithm>
#include <future>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using store::DeliveryState;
using Lines = std::vector<std::string>;

namespace {

events::BusLimits short_delays() {
  events::BusLimits limits;
  limits.durable.first_delay = 2ms;
  limits.durable.longest_delay = 8ms;
  return limits;
}

store::Delivery exception(std::uint64_t position, DeliveryState state, const std::string& key, std::uint32_t attempts = 0) {
  store::Delivery made;
  made.position = position;
  made.state = state;
  made.attempts = attempts;
  made.key = key;
  return made;
}

// What a host that ended left behind of the subscription "subscriber/a".
void left_behind(Rig& rig, std::uint64_t floor, std::vector<store::Delivery> exceptions) {
  auto& deliveries = rig.store().deliveries();
  const auto cursor = deliveries.open_cursor("subscriber/a", 0, base::SystemClock().now());
  REQUIRE(cursor);
  store::Progress progress;
  progress.subscription = "subscriber/a";
  progress.generation = cursor->generation;
  progress.floor = floor;
  progress.put = std::move(exceptions);
  std::promise<bool> kept;
  deliveries.keep(progress, [&](base::Result<void> result) { kept.set_value(result.has_value()); });
  REQUIRE(kept.get_future().get());
}

bool is_done(Rig& rig) {
  const auto figures = rig.bus().durable().figures();
  return std::all_of(figures.begin(), figures.end(), [](const auto& one) {
    return one.behind == 0 && one.busy == 0 && one.waiting == 0 && one.parked == 0;
  });
}

std::vector<store::DeadLetter> dead_letters(Rig& rig) {
  auto found = rig.store().deliveries().dead_letters({});
  REQUIRE(found);
  return *found;
}

void publish_all(Rig& rig, const std::vector<std::pair<std::string, std::string>>& types_and_keys) {
  for (const auto& [type, key] : types_and_keys) REQUIRE(publish(rig, event(type, key)));
}

}  // namespace

TEST_CASE("an event whose call was begun beyond the floor is given once more, in its turn") {
  Rig rig({}, short_delays());
  publish_all(rig, {{"slow", "y"}, {"one", "x"}, {"two", "x"}, {"three", "x"}, {"four", "x"}});
  left_behind(rig, 0, {exception(4, DeliveryState::attempted, "x", 1)});
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return rig.recorded().size() >= 5 && is_done(rig); }));
  Lines lines = rig.recorded();
  lines.erase(std::remove(lines.begin(), lines.end(), "a slow y 1"), lines.end());
  CHECK(lines == Lines{"a one x 1", "a two x 1", "a three x 2", "a four x 1"});
}

TEST_CASE("what waits beyond the floor with time to come is not called before it") {
  base::ManualClock clock(base::SystemClock().now());
  Rig rig({}, short_delays(), Log::kept, &clock);
  publish_all(rig, {{"slow", "y"}, {"one", "x"}, {"two", "x"}});
  store::Delivery snoozed = exception(2, DeliveryState::waiting, "x");
  snoozed.next_at = clock.now() + 1h;
  left_behind(rig, 0, {snoozed});
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return rig.bus().durable().figures().at(0).parked == 1; }));
  CHECK(rig.recorded() == Lines{"a slow y 1"});
  clock.advance(1h);
  REQUIRE(eventually([&] { return rig.recorded().size() == 3; }));
  CHECK(rig.recorded() == Lines{"a slow y 1", "a one x 1", "a two x 1"});
}

TEST_CASE("what waits beyond the floor, and what is parked behind it, is called once each, in its order") {
  Rig rig({}, short_delays());
  publish_all(rig, {{"slow", "y"}, {"one", "x"}, {"two", "x"}, {"three", "x"}});
  left_behind(rig, 0, {exception(2, DeliveryState::waiting, "x", 1), exception(3, DeliveryState::parked, "x")});
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return rig.recorded().size() >= 4 && is_done(rig); }));
  Lines lines = rig.recorded();
  lines.erase(std::remove(lines.begin(), lines.end(), "a slow y 1"), lines.end());
  CHECK(lines == Lines{"a one x 2", "a two x 1", "a three x 1"});
}

TEST_CASE("a dead letter beyond the floor stays one, and is not called") {
  Rig rig({}, short_delays());
  publish_all(rig, {{"slow", "y"}, {"deadly", "x"}, {"next", "x"}});
  left_behind(rig, 0, {exception(2, DeliveryState::dead, "x", 3)});
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return rig.recorded().size() >= 2 && is_done(rig); }));
  Lines lines = rig.recorded();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"a next x 1", "a slow y 1"});
  CHECK(dead_letters(rig).size() == 1);
}

TEST_CASE("an event in whose attempts the host ended three times is not called, wherever the floor is") {
  Rig rig({}, short_delays());
  publish_all(rig, {{"slow", "y"}, {"deadly", "x"}, {"next", "x"}});
  left_behind(rig, 0, {exception(2, DeliveryState::attempted, "x", 3)});
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return dead_letters(rig).size() == 1 && is_done(rig); }));
  Lines lines = rig.recorded();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"a next x 1", "a slow y 1"});
}

TEST_CASE("events in whose calls the host ended are called one at a time, so that the one that ends it is found") {
  Rig rig({}, short_delays());
  const Gate gate(rig.directory() / "gate");
  std::vector<store::Delivery> suspects;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    publish_all(rig, {{"suspect", "k" + std::to_string(i)}});
    suspects.push_back(exception(i, DeliveryState::attempted, "k" + std::to_string(i), 1));
  }
  left_behind(rig, 4, suspects);
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"block")")}, "subscriber", gate.member())});
  REQUIRE(eventually([&] { return rig.recorded().size() == 1; }));
  for (int i = 0; i < 100; ++i) rig.bus().tick();
  CHECK(rig.bus().durable().figures().at(0).busy == 1);
  CHECK(gate.open_until([&] { return rig.recorded().size() == 4 && is_done(rig); }));
}

TEST_CASE("where the order is strict, one that fails holds back those of all keys, and they come in their order") {
  Rig rig({}, short_delays());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("order":"strict","do":"once")")})});
  Lines wanted;
  for (int i = 0; i < 40; ++i) {
    const std::string type = "n" + std::to_string(i);
    const std::string key(1, static_cast<char>('p' + i % 4));
    REQUIRE(publish(rig, event(type, key)));
    for (const char* attempt : {" 1", " 2"}) wanted.push_back("a " + type + " " + key + attempt);
  }
  REQUIRE(eventually([&] { return rig.recorded().size() >= wanted.size() && is_done(rig); }));
  CHECK(rig.recorded() == wanted);
}

TEST_CASE("where the order is strict, what was parked behind a waiting one of another key goes on after a restart") {
  Rig rig({}, short_delays());
  publish_all(rig, {{"one", "x"}, {"two", "y"}, {"three", "z"}, {"four", "y"}});
  left_behind(rig, 3,
              {exception(1, DeliveryState::waiting, "x", 1), exception(2, DeliveryState::parked, "y"), exception(3, DeliveryState::parked, "z")});
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("order":"strict")")})});
  REQUIRE(eventually([&] { return rig.recorded().size() >= 4; }));
  CHECK(rig.recorded() == Lines{"a one x 2", "a two y 1", "a three z 1", "a four y 1"});
}

TEST_CASE("a subscription whose plugin is quarantined leaves the events in the log, and goes on after it") {
  Rig rig({}, short_delays());
  rig.load({subscriber(rig, {subscription("a", "bad", "durable", R"("do":"fault")"), subscription("b", "good", "durable")})});
  for (int i = 0; i < 8; ++i) REQUIRE(publish(rig, event("bad")));
  auto& breaker = rig.registry().instances().front()->breaker;
  REQUIRE(eventually([&] { return breaker.is_open(); }));
  for (int i = 0; i < 1000; ++i) REQUIRE(publish(rig, event("good")));
  const auto good = [&] { return rig.bus().durable().figures().at(1); };
  REQUIRE(eventually([&] { return good().waiting > 0; }));
  for (int i = 0; i < 100; ++i) rig.bus().tick();
  CHECK(good().waiting <= 4);
  CHECK(good().behind > 0);
  CHECK(eventually([&] {
    breaker.close();
    const Lines lines = rig.recorded();
    return std::count(lines.begin(), lines.end(), "b good  1") == 1000;
  }));
}
