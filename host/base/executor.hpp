// Where coroutines run: an Executor takes one that is ready and resumes it on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "base/task.hpp"

namespace backplane::base {

// Any thread may post.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual void post(std::coroutine_handle<> ready) = 0;
};

// Awaiting it continues on a thread of the executor: `co_await on(pool);`
struct OnExecutor {
  Executor& executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> ready) const { executor.post(ready); }
  void await_resume() const noexcept {}
};
inline OnExecutor on(Executor& executor) { return {executor}; }

// A pool of threads that grows when its threads are held up (by a handler that blocks) and shrinks when they are
// idle. A thread that never comes back costs the pool that thread and nothing else.
class WorkerPool final : public Executor {
 public:
  struct Size {
    std::size_t least = 4;
    std::size_t most = 256;
  };
  explicit WorkerPool(Size size);

  // Stops, see stop().
  ~WorkerPool() override;

  void post(std::coroutine_handle<> ready) override;

  // Adds a thread when what was posted has waited longer than `patience`. `lost`: how many threads are known not to come back
  // for now; as many more may take their place. Called at intervals by the watchdog.
  void relieve(std::chrono::milliseconds patience, std::size_t lost = 0);

  // Lets the threads finish what was posted, and waits for them at most `grace`. Returns the number of threads that did
  // not come back; they are left behind and must find what they hold alive: then end the process by _exit.
  std::size_t stop(std::chrono::milliseconds grace);

  std::size_t threads() const;

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);
  static void add_thread(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

// Runs what is posted on the thread that waits in run(): how a thread of a plugin's waits for an operation
// of its own, and runs it meanwhile.
class RunLoop final : public Executor {
 public:
  void post(std::coroutine_handle<> ready) override;

  // Runs what is posted until finish() was called.
  void run();
  void finish();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::coroutine_handle<>> ready_;
  bool finished_ = false;
};

// Runs a task to its end on this thread. The task is made by `make(executor)`, and must continue on that executor.
template <class F>
auto run_here(F make) {
  RunLoop loop;
  using T = decltype(make(loop).await_resume());
  std::optional<T> result;
  start(make(loop), [&](T value) {
    result.emplace(std::move(value));
    loop.finish();
  });
  loop.run();
  return std::move(*result);
}

}  // namespace backplane::base
