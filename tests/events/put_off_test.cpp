// What a background subscription cannot be given for now: it waits, and is given it later or told of at the end.
#include <algorithm>
#include <future>

#include "events/background.hpp"
#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

// The plugin `subscriber`, in quarantine: its subscription `b` is given events of the types n<number> in the background.
class Quarantined {
 public:
  Quarantined() {
    rig_.load({subscriber(rig_, {subscription("a", "bad", "sync", R"("do":"fault")"), subscription("b", "good.*", "background")})});
    for (int i = 0; i < plugin::Breaker::most_faults; ++i) REQUIRE(publish(rig_, event("bad"), plugin::Promise::memory));
    REQUIRE(breaker().is_open());
  }

  void publish_good(int count) {
    for (int i = 0; i < count; ++i) REQUIRE(publish(rig_, event("good.n" + std::to_string(i), "x"), plugin::Promise::memory));
  }
  Lines given() const {
    Lines lines = rig_.recorded();
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("a "); });
    return lines;
  }
  plugin::Instance& instance() { return *rig_.registry().instances().front(); }
  plugin::Breaker& breaker() { return instance().breaker; }
  Rig& rig() { return rig_; }

 private:
  Rig rig_{{}, {.background = {.pause = 1ms}}};
};

Lines all_of(int count) {
  Lines lines;
  for (int i = 0; i < count; ++i) lines.push_back("b good.n" + std::to_string(i) + " x 1");
  return lines;
}

// The event log of a store, which can be made unreadable.
class Unreadable final : public store::EventLog {
 public:
  explicit Unreadable(store::EventLog& log) : log_(log) {}

  std::atomic<bool> broken{false};
  std::atomic<int> refused{0};

  base::Result<std::uint64_t> read_events(const store::EventQuery& query, const std::function<bool(const model::Event&)>& each) override {
    if (!broken) return log_.read_events(query, each);
    ++refused;
    return base::Error{base::Code::storage, "the disk is gone"};
  }
  base::Result<std::uint64_t> read_events_backwards(const store::EventQuery& query,
                                                    const std::function<bool(const model::Event&)>& each) override {
    return log_.read_events_backwards(query, each);
  }
  base::Result<model::Event> event_at(std::uint64_t position) override { return log_.event_at(position); }
  std::uint64_t last_position() const override { return log_.last_position(); }
  base::Result<store::Retained> retain(const store::Retention& retention, base::UtcTime now) override { return log_.retain(retention, now); }

 private:
  store::EventLog& log_;
};

// Events in the log of which no bus knows.
std::vector<events::SharedEvent> logged(Rig& rig, int count) {
  store::UnitOfWork unit{"ann", base::SystemClock().now(), {}};
  for (int i = 0; i < count; ++i) unit.events.push_back(event("good.n" + std::to_string(i), "x"));
  std::promise<store::Kept> kept;
  rig.store().commit(std::move(unit), [&](store::CommitResult result) { kept.set_value(std::move(result.value())); });
  std::vector<events::SharedEvent> found;
  for (store::Appended& one : kept.get_future().get().events)
    found.push_back(std::make_shared<const model::Event>(std::move(one.event)));
  return found;
}

}  // namespace

TEST_CASE("what comes for a background subscription whose plugin is quarantined waits, and is given to it in order after that") {
  Quarantined host;
  host.publish_good(50);
  REQUIRE(eventually([&] { return host.instance().counters.skipped > 3; }));
  CHECK(host.given().empty());
  CHECK(host.rig().bus().background().figures().front().waiting == 50);
  CHECK(host.instance().subscriptions().back().counts->failed.load() == 0);
  CHECK(eventually([&] {
    host.breaker().close();
    return host.given().size() == 50;
  }));
  CHECK(host.given() == all_of(50));
}

TEST_CASE("a shutdown does not wait for a plugin in quarantine, and tells of the events that waited for it") {
  Quarantined host;
  host.publish_good(5);
  const auto deadline = std::chrono::steady_clock::now() + 10min;
  const auto drained = host.rig().bus().close(deadline);
  CHECK(drained.waiting == 5);
  CHECK(drained.busy == 0);
  CHECK(host.given().empty());
}

TEST_CASE("what waits for a plugin in quarantine is not lost when the subscriptions in force are others") {
  Quarantined host;
  host.publish_good(5);
  REQUIRE(host.rig().bus().set_plugins(host.rig().registry().instances()));
  CHECK(host.given().empty());
  CHECK(eventually([&] {
    host.breaker().close();
    return host.given().size() == 5;
  }));
  CHECK(host.given() == all_of(5));
}

TEST_CASE("what was left in a log that cannot be read for a while is read when it can be, without a further event") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("b", "good.*", "background")})});
  const auto table = rig.bus().table();
  const auto events = logged(rig, 20);
  Unreadable log(rig.store().events());
  base::WorkerPool pool(base::WorkerPool::Size{1, 1});
  events::Background background({.most_waiting = 4, .most_bytes = 1 << 20, .most_busy = 1, .pause = 1ms}, &log, pool);
  background.set_table(table);
  log.broken = true;
  for (const auto& one : events) background.push(one);
  REQUIRE(eventually([&] {
    background.tick();
    return log.refused > 1;
  }));
  log.broken = false;
  CHECK(eventually([&] {
    background.tick();
    return rig.recorded().size() == 20;
  }));
  CHECK(rig.recorded() == all_of(20));
  CHECK(background.close(std::chrono::steady_clock::now() + 10s).busy == 0);
  pool.stop(10s);
}
