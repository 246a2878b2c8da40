// Clocks that are set: what waits comes in its time and no later, and the log's times never go back.
#include <algorithm>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;

namespace {

const base::UtcTime noon = std::chrono::sys_days(std::chrono::days(20'000)) + 12h;

std::vector<model::Event> logged(Rig& rig, const store::EventQuery& query = {}) {
  std::vector<model::Event> found;
  REQUIRE(rig.store().events().read_events(query, [&](const model::Event& event) {
    found.push_back(event);
    return true;
  }));
  return found;
}

events::ConsumerFigures figures(Rig& rig) { return rig.bus().durable().figures().at(0); }

// One that failed once, and waits.
void let_one_wait(Rig& rig) {
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"once")")})});
  REQUIRE(publish(rig, event("one")));
  REQUIRE(eventually([&] { return figures(rig).waiting == 1; }));
  rig.bus().tick();
}

}  // namespace

TEST_CASE("an event that failed comes again when its time has come, and not before") {
  base::ManualClock clock(noon);
  Rig rig({}, {}, Log::kept, &clock);
  let_one_wait(rig);
  // The first delay is a second, half of it left to chance.
  clock.advance(499ms);
  for (int i = 0; i < 10; ++i) rig.bus().tick();
  CHECK(figures(rig).waiting == 1);
  CHECK(rig.recorded().size() == 1);
  clock.advance(501ms);
  CHECK(eventually([&] { return rig.recorded().size() == 2; }));
}

TEST_CASE("a clock that is set forward lets what waits come at once") {
  base::ManualClock clock(noon);
  Rig rig({}, {}, Log::kept, &clock);
  let_one_wait(rig);
  clock.advance(24h * 365);
  CHECK(eventually([&] { return rig.recorded().size() == 2; }));
}

TEST_CASE("a clock that is set back does not make what waits wait longer") {
  base::ManualClock clock(noon);
  Rig rig({}, {}, Log::kept, &clock);
  let_one_wait(rig);
  clock.advance(-24h);
  rig.bus().tick();
  clock.advance(1s);
  CHECK(eventually([&] { return rig.recorded().size() == 2; }));
}

TEST_CASE("the times of the log's records never go back, and what was recorded since a time is found by them") {
  base::ManualClock clock(noon);
  Rig rig({}, {}, Log::kept, &clock);
  for (const auto step : {0h, 1h, -48h, 1h, 240h, -1h, -2000h}) {
    clock.advance(step);
    for (int i = 0; i < 5; ++i) REQUIRE(publish(rig, event("one"), plugin::Promise::durable));
  }
  const auto events = logged(rig);
  REQUIRE(events.size() == 35);
  CHECK(std::is_sorted(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.recorded_at < b.recorded_at; }));
  CHECK(logged(rig, {.since = noon + 1h}).size() == 30);
  CHECK(logged(rig, {.since = noon + 2h}).size() == 15);
  CHECK(logged(rig, {.until = noon + 1h}).size() == 5);
}

TEST_CASE("retention by age counts from the record, and a clock that is set back lets it remove nothing") {
  base::ManualClock clock(noon);
  Rig rig({}, {}, Log::kept, &clock);
  for (int day = 0; day < 10; ++day) {
    model::Event one = event("one");
    one.time = noon - 10'000h;  // what its publisher says of it is not what counts
    REQUIRE(publish(rig, one, plugin::Promise::durable));
    clock.advance(24h);
  }
  const store::Retention week{.max_age = 7 * 24h};
  const auto retained = rig.store().events().retain(week, clock.now());
  REQUIRE(retained);
  CHECK(retained->removed == 3);
  clock.advance(-24h * 365);
  const auto back = rig.store().events().retain(week, clock.now());
  REQUIRE(back);
  CHECK(back->removed == 0);
  CHECK(logged(rig).size() == 7);
}

TEST_CASE("retention does not pass what a paused durable subscription has not read, unless it is told to") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "durable"), subscription("b", "*", "durable")})});
  for (int i = 0; i < 10; ++i) REQUIRE(publish(rig, event("one"), plugin::Promise::durable));
  REQUIRE(eventually([&] { return rig.recorded().size() == 20; }));
  REQUIRE(rig.bus().durable().set_paused("subscriber/a", true));
  for (int i = 0; i < 90; ++i) REQUIRE(publish(rig, event("two"), plugin::Promise::durable));
  REQUIRE(eventually([&] { return rig.recorded().size() == 110; }));
  auto& log = rig.store().events();
  // How far they are is written down at intervals.
  REQUIRE(eventually([&] {
    const auto cursors = rig.store().deliveries().cursors();
    return cursors && cursors->at(0).floor == 10 && cursors->at(1).floor == 100;
  }));
  const auto kept = log.retain({.max_events = 1}, base::SystemClock().now());
  REQUIRE(kept);
  CHECK(kept->removed == 10);
  CHECK(kept->held_by_unread == 89);
  CHECK(log.read_events({}, [](const model::Event&) { return false; }).value() == 10);
  const auto dropped = log.retain({.max_events = 40, .unread = store::Retention::Unread::dropped}, base::SystemClock().now());
  REQUIRE(dropped);
  CHECK(dropped->removed == 50);
  // The subscription goes on with what is left.
  REQUIRE(rig.bus().durable().set_paused("subscriber/a", false));
  CHECK(eventually([&] { return rig.recorded().size() == 150; }));
}
