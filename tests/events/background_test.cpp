// Background subscriptions: from a bounded queue, in order within a key, nothing lost in silence.
#include <algorithm>

#include "events/subscribed.hpp"
#include "plugin/call_slot.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using Lines = std::vector<std::string>;

namespace {

std::vector<std::string> of_key(const Lines& lines, const std::string& key) {
  Lines found;
  for (const std::string& line : lines)
    if (line.find(" " + key + " ") != std::string::npos) found.push_back(line);
  return found;
}

}  // namespace

TEST_CASE("background subscribers of an event are called, after publish or before it returns") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "order.*", "background"), subscription("b", "*", "background")})});
  REQUIRE(publish(rig, event("order.paid")));
  CHECK(eventually([&] { return rig.recorded().size() == 2; }));
}

TEST_CASE("background handlers are called in the order of publication within a key") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "background")})});
  for (int i = 0; i < 300; ++i) REQUIRE(publish(rig, event("n" + std::to_string(i), i % 3 == 0 ? "x" : "y")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 300; }));
  const auto lines = of_key(rig.recorded(), "x");
  REQUIRE(lines.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(lines[static_cast<std::size_t>(i)] == "a n" + std::to_string(3 * i) + " x 1");
}

TEST_CASE("a background handler's fault is counted and reaches nobody") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "background", R"("do":"fault")"), subscription("b", "*", "background")})});
  REQUIRE(publish(rig, event("one")));
  CHECK(eventually([&] { return rig.recorded().size() == 2 && rig.registry().instances().front()->counters.faults == 1; }));
}

TEST_CASE("what finds a background queue full is read back from the log, in order, none lost and none twice") {
  Rig rig({}, {.background = {.most_waiting = 16, .most_bytes = 1 << 20, .most_busy = 2}});
  rig.load({subscriber(rig, {subscription("b", "*", "background")})});
  for (int i = 0; i < 500; ++i) REQUIRE(publish(rig, event("n" + std::to_string(i), "x")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 500; }));
  const auto lines = rig.recorded();
  for (std::size_t i = 0; i < 500; ++i) CHECK(lines[i] == "b n" + std::to_string(i) + " x 1");
}

TEST_CASE("what was in the log before is not delivered when the first event of the log finds the queue full") {
  Rig rig({}, {.background = {.most_waiting = 4, .most_bytes = 1 << 20, .most_busy = 1}});
  for (int i = 0; i < 10; ++i) REQUIRE(publish(rig, event("old"), plugin::Promise::durable));
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "background", R"("do":"block")")}, "subscriber", gate.member())});
  while (publish(rig, event("memory"), plugin::Promise::memory)) {
  }
  REQUIRE(publish(rig, event("new"), plugin::Promise::durable));
  REQUIRE(gate.open_until([&] {
    const auto lines = rig.recorded();
    return std::count(lines.begin(), lines.end(), "a new  1") == 1;
  }));
  const auto lines = rig.recorded();
  CHECK(std::count(lines.begin(), lines.end(), "a old  1") == 0);
}

TEST_CASE("an event that is in no log is refused, with the subscription's name, when a background queue is full") {
  Rig rig({}, {.background = {.most_waiting = 16, .most_bytes = 1 << 20, .most_busy = 1}});
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "background", R"("do":"block")")}, "subscriber", gate.member())});
  base::Result<plugin::Published> published = plugin::Published{};
  int accepted = -1;
  while (published && accepted < 100) {
    published = publish(rig, event("one"), plugin::Promise::memory);
    ++accepted;
  }
  REQUIRE_FALSE(published);
  CHECK(published.error().code == base::Code::unavailable);
  CHECK(published.error().message.find("subscriber/a") != std::string::npos);
  CHECK(accepted >= 16);
  CHECK(accepted <= 18);
  const auto delivered = [&] {
    return rig.registry().instances().front()->subscriptions().front().counts->delivered.load();
  };
  CHECK(gate.open_until([&] { return delivered() == static_cast<std::uint64_t>(accepted); }));
}

TEST_CASE("a handler that was given up is given up once, whoever watches after that") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  Plug plug = subscriber(rig, {subscription("a", "*", "background", R"("do":"block")")}, "subscriber", gate.member());
  const auto adjust = plug.adjust;
  plug.adjust = [adjust](manifest::PluginSettings& entry) {
    adjust(entry);
    entry.deadline = std::chrono::milliseconds(10);
  };
  rig.load({plug});
  REQUIRE(publish(rig, event("one")));
  const auto instance = rig.registry().instances().front();
  REQUIRE(eventually([&] { return instance->stuck_threads() == 1; }));
  rig.load({});  // with a watchdog of its own
  const auto looks = plugin::looks_around.load();
  REQUIRE(eventually([&] { return plugin::looks_around > looks + 20; }));
  CHECK(instance->stuck_threads() == 1);
  CHECK(gate.open_until([&] { return instance->stuck_threads() == 0; }));
}

TEST_CASE("a shutdown whose time runs out tells of what was not delivered, and of handlers that are still inside") {
  Rig rig;
  const Gate gate(rig.directory() / "gate");
  rig.load({subscriber(rig, {subscription("a", "*", "background", R"("do":"block","order":"strict")")}, "subscriber", gate.member())});
  for (int i = 0; i < 3; ++i) REQUIRE(publish(rig, event("one"), plugin::Promise::memory));
  REQUIRE(eventually([&] { return rig.recorded().size() == 1; }));
  const auto drained = rig.bus().close(std::chrono::steady_clock::now());
  CHECK(drained.waiting == 2);
  CHECK(drained.busy == 1);
  gate.open();
}

TEST_CASE("a shutdown delivers what was queued, and what its handlers ask for in doing so") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "background", R"("do":"create")")})});
  for (int i = 0; i < 100; ++i) REQUIRE(publish(rig, event("one")));
  rig.conductor().refuse_callers();
  const auto drained = rig.bus().close(std::chrono::steady_clock::now() + std::chrono::seconds(20));
  CHECK(drained.waiting == 0);
  const auto lines = rig.recorded();
  // Events of the notes' creation are events as well: at most once more.
  CHECK(std::count(lines.begin(), lines.end(), "a one  1") == 100);
  CHECK(std::count(lines.begin(), lines.end(), "created 0") == 1);
  const auto late = publish(rig, event("late"));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == base::Code::unavailable);
}
