// The way into one generation of a plugin.
#include "plugin/gate.hpp"

#include <thread>
#include <vector>

#include "base/task.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"

namespace backplane::tests {
namespace {

using namespace std::chrono_literals;
using Clock = plugin::Gate::Clock;

constexpr auto never = Clock::time_point::max();

// A coroutine that waits at the gate; what it was told is in `told`: 1 in time, 0 not.
base::Task<bool> wait_at(plugin::Gate& gate, base::Executor& executor, Clock::time_point until,
                         std::atomic<int>& told) {
  told = co_await gate.wait(executor, until) ? 1 : 0;
  co_return true;
}

}  // namespace

TEST_CASE("whoever is inside an open gate leaves it again, and others come in") {
  plugin::Gate gate;
  CHECK(gate.enter());
  CHECK(gate.enter());
  CHECK(gate.inside() == 2);
  gate.leave();
  gate.leave();
  CHECK(gate.inside() == 0);
}

TEST_CASE("nobody enters a closed gate, and it is drained when the last one has left") {
  plugin::Gate gate;
  REQUIRE(gate.enter());
  gate.close();
  CHECK_FALSE(gate.enter());
  CHECK(gate.inside() == 1);
  CHECK_FALSE(gate.drain(Clock::now() + 5ms));
  std::thread leaving([&] { gate.leave(); });
  CHECK(gate.drain(never));
  leaving.join();
  CHECK_FALSE(gate.enter());
  gate.open();
  CHECK(gate.enter());
  gate.leave();
}

TEST_CASE("those whom somebody inside waits for enter a closed gate, until it is drained") {
  plugin::Gate gate;
  REQUIRE(gate.enter());
  gate.close();
  CHECK(gate.enter_unless_drained());
  gate.leave();
  gate.leave();
  REQUIRE(gate.drain(never));
  CHECK_FALSE(gate.enter_unless_drained());
}

TEST_CASE(
    "who waits at a closed gate goes on when it is opened, when its generation is replaced, and when its time is up") {
  base::WorkerPool pool({2, 4});
  plugin::Gate gate;
  std::atomic<int> told{-1};
  const auto wait = [&](Clock::time_point until) {
    told = -1;
    base::start(wait_at(gate, pool, until, told), [](bool) {});
  };
  wait(never);
  CHECK(told == 1);  // it is open
  gate.close();
  wait(never);
  gate.expire(Clock::now() + 1h);
  CHECK(told == -1);
  gate.open();
  CHECK(eventually([&] { return told == 1; }));
  gate.close();
  wait(Clock::now() + 1h);
  gate.expire(Clock::now() + 2h);
  CHECK(eventually([&] { return told == 0; }));
  wait(never);
  gate.retire();
  CHECK(eventually([&] { return told == 1; }));
  wait(never);
  CHECK(told == 1);  // it is for good
}

TEST_CASE("of many who come and go while it is drained again and again, none is inside when it is") {
  plugin::Gate gate;
  std::atomic<bool> done{false}, drained{false};
  std::atomic<int> wrong{0}, entered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      while (!done) {
        if (!gate.enter()) continue;
        if (drained) ++wrong;
        ++entered;
        gate.leave();
      }
    });
  REQUIRE(eventually([&] { return entered > 100; }));
  for (int i = 0; i < 2000; ++i) {
    gate.close();
    REQUIRE(gate.drain(never));
    drained = true;
    drained = false;
    gate.open();
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace backplane::tests
