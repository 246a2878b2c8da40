#include "base/per_thread.hpp"

#include <thread>

#include "support/catch.hpp"

using backplane::base::PerThread;

namespace {

int alive = 0;
int seen_by_destructor = 0;

struct Value {
  int number = 0;
  Value() { ++alive; }
  ~Value() { --alive; }
};

PerThread<Value>& values() {
  static auto* const all = new PerThread<Value>();
  return *all;
}

struct Farewell {
  ~Farewell() { seen_by_destructor = values().get().number; }
};

}  // namespace

TEST_CASE("a thread finds the value that it left, and another thread its own") {
  values().get().number = 7;
  CHECK(values().get().number == 7);
  int elsewhere = -1;
  std::thread([&] { elsewhere = values().get().number; }).join();
  CHECK(elsewhere == 0);
  CHECK(values().get().number == 7);
}

TEST_CASE("a thread's value outlives thread_local variables that were made before it, and ends with the thread") {
  const int before = alive;
  std::thread([] {
    static thread_local Farewell farewell;
    static_cast<void>(&farewell);
    values().get().number = 42;
  }).join();
  CHECK(seen_by_destructor == 42);
  CHECK(alive == before);
}
