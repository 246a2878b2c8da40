#include "base/executor.hpp"

#include <future>
#include <latch>
#include <thread>

#include "support/catch.hpp"

using namespace backplane::base;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;  // how long a test waits for what must happen

template <class F>
Task<void> on_pool(Executor& pool, F work) {
  co_await on(pool);
  work();
}

template <class F>
void post(Executor& pool, F work) {
  struct Now {
    struct promise_type {
      Now get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() { std::terminate(); }
    };
  };
  [](Executor& executor, F inner) -> Now { co_await on_pool(executor, std::move(inner)); }(pool, std::move(work));
}

bool happens(std::future<void>& future) { return future.wait_for(patience) == std::future_status::ready; }

// Calls relieve() as the watchdog does, until the future is ready.
bool relieved(WorkerPool& pool, std::future<void>& future) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    pool.relieve(0ms);
    if (future.wait_for(1ms) == std::future_status::ready) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("what is posted runs on a thread of the pool") {
  WorkerPool pool({2, 4});
  CHECK(pool.threads() == 2);
  std::promise<void> done;
  auto future = done.get_future();
  std::thread::id ran_on;
  post(pool, [&] {
    ran_on = std::this_thread::get_id();
    done.set_value();
  });
  REQUIRE(happens(future));
  CHECK(ran_on != std::this_thread::get_id());
  CHECK(pool.stop(patience) == 0);
}

TEST_CASE("everything that was posted runs before the pool has stopped") {
  WorkerPool pool({2, 2});
  std::atomic<int> ran{0};
  for (int i = 0; i < 1000; ++i) post(pool, [&] { ++ran; });
  CHECK(pool.stop(patience) == 0);
  CHECK(ran == 1000);
}

TEST_CASE("a pool whose threads are all held up grows, up to its limit") {
  WorkerPool pool({1, 3});
  std::latch release(1);
  for (int blocked = 1; blocked <= 3; ++blocked) {
    std::promise<void> started;
    auto future = started.get_future();
    post(pool, [&] {
      started.set_value();
      release.wait();
    });
    REQUIRE(relieved(pool, future));
    CHECK(pool.threads() >= static_cast<std::size_t>(blocked));
    CHECK(pool.threads() <= 3);
  }
  std::promise<void> fourth;
  auto future = fourth.get_future();
  post(pool, [&] { fourth.set_value(); });
  for (int i = 0; i < 10; ++i) pool.relieve(0ms);
  CHECK(pool.threads() == 3);
  CHECK(future.wait_for(0ms) == std::future_status::timeout);
  release.count_down();
  CHECK(happens(future));
  CHECK(pool.stop(patience) == 0);
}

TEST_CASE("a pool that nobody holds up does not grow") {
  WorkerPool pool({1, 8});
  std::promise<void> done;
  auto future = done.get_future();
  post(pool, [&] { done.set_value(); });
  REQUIRE(happens(future));
  pool.relieve(0ms);
  CHECK(pool.threads() == 1);
}

TEST_CASE("a thread that never comes back does not hold up the stop, and is counted") {
  const auto release = std::make_shared<std::latch>(1);
  const auto ended = std::make_shared<std::promise<void>>();
  auto end = ended->get_future();
  {
    WorkerPool pool({2, 2});
    std::promise<void> started;
    auto future = started.get_future();
    post(pool, [&started, release, ended] {
      started.set_value();
      release->wait();
      ended->set_value();
    });
    REQUIRE(happens(future));
    CHECK(pool.stop(50ms) == 1);
  }
  release->count_down();
  CHECK(happens(end));
}

TEST_CASE("a task that is run here runs on this thread, and its result is returned") {
  const auto here = std::this_thread::get_id();
  const int result = run_here([&](Executor& loop) -> Task<int> {
    return [](Executor& executor, std::thread::id caller) -> Task<int> {
      co_await on(executor);
      co_return std::this_thread::get_id() == caller ? 42 : 0;
    }(loop, here);
  });
  CHECK(result == 42);
}

TEST_CASE("a task that is run here may go to a pool and come back") {
  WorkerPool pool({1, 1});
  const auto here = std::this_thread::get_id();
  struct Where {
    bool away, back;
  };
  const Where where = run_here([&](Executor& loop) -> Task<Where> {
    return [](Executor& home, Executor& other, std::thread::id caller) -> Task<Where> {
      co_await on(other);
      const bool away = std::this_thread::get_id() != caller;
      co_await on(home);
      co_return Where{away, std::this_thread::get_id() == caller};
    }(loop, pool, here);
  });
  CHECK(where.away);
  CHECK(where.back);
  CHECK(pool.stop(patience) == 0);
}

TEST_CASE("tasks that await each other hand their results on") {
  const auto inner = [](int value) -> Task<int> { co_return value + 1; };
  const int result = run_here([&](Executor&) -> Task<int> {
    return [](auto next) -> Task<int> {
      int sum = 0;
      for (int i = 0; i < 1000; ++i) sum += co_await next(i);
      co_return sum;
    }(inner);
  });
  CHECK(result == 500'500);
}
