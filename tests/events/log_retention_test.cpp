#include "events/log_retention.hpp"

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;

namespace {

std::uint64_t kept(Rig& rig) { return rig.store().figures().events; }

void publish_some(Rig& rig, int count) {
  for (int i = 0; i < count; ++i) REQUIRE(publish(rig, event("a"), plugin::Promise::durable));
}

}  // namespace

TEST_CASE("what is beyond the limits of the log is removed at once, and then once an interval") {
  Rig rig;
  rig.load({});
  const base::SystemClock clock;
  base::WorkerPool pool({1, 1});
  events::LogRetention retention(rig.store(), {.max_events = 3, .most = 2}, clock, pool);
  publish_some(rig, 10);
  const auto start = std::chrono::steady_clock::now();
  retention.tick(start);
  CHECK(eventually([&] { return kept(rig) == 3 && retention.removed() == 7; }));

  publish_some(rig, 2);
  retention.tick(start + events::LogRetention::interval - 1ms);
  publish_some(rig, 1);
  CHECK(kept(rig) == 6);
  CHECK(eventually([&] {
    retention.tick(start + events::LogRetention::interval);
    return kept(rig) == 3;
  }));
  CHECK(pool.stop(5s) == 0);
}

TEST_CASE("events that a durable subscription has not done with are kept beyond the limits, and counted") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("slow", "*", "durable", R"("do":"block")")}, "subscriber", gate.member())});
  const base::SystemClock clock;
  base::WorkerPool pool({1, 1});
  events::LogRetention keeping(rig.store(), {.max_events = 1}, clock, pool);
  publish_some(rig, 5);
  keeping.tick(std::chrono::steady_clock::now());
  CHECK(eventually([&] { return keeping.held_by_unread() == 4; }));
  CHECK(kept(rig) == 5);

  events::LogRetention dropping(rig.store(), {.max_events = 1, .unread = store::Retention::Unread::dropped}, clock, pool);
  dropping.tick(std::chrono::steady_clock::now());
  CHECK(eventually([&] { return kept(rig) == 1; }));
  CHECK(pool.stop(5s) == 0);
  gate.open();
}

TEST_CASE("a log without limits keeps everything") {
  Rig rig;
  rig.load({});
  const base::SystemClock clock;
  base::WorkerPool pool({1, 1});
  events::LogRetention retention(rig.store(), {}, clock, pool);
  publish_some(rig, 5);
  retention.tick(std::chrono::steady_clock::now());
  CHECK(pool.stop(5s) == 0);
  CHECK(kept(rig) == 5);
}
