// The turn of a serial plugin: one operation's handler is inside at a time, the others wait as suspended coroutines, in order,
// each until its time is up. Any thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <deque>
#include <mutex>

#include "base/executor.hpp"

namespace backplane::plugin {

class Turn {
 public:
  using Clock = std::chrono::steady_clock;

  // co_await turn.take(executor, until): true: it is yours, give it back by release(); false: your time was up.
  class Taking {
   public:
    Taking(Turn& turn, base::Executor& executor, Clock::time_point until)
        : turn_(turn), executor_(executor), until_(until) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    bool await_resume() const noexcept { return granted_; }

   private:
    friend class Turn;
    Turn& turn_;
    base::Executor& executor_;
    Clock::time_point until_;
    std::coroutine_handle<> waiting_;
    bool granted_ = false;
  };
  Taking take(base::Executor& executor, Clock::time_point until) { return {*this, executor, until}; }

  void release();

  // Sends those away whose time is up. Called at intervals by the watchdog.
  void expire(Clock::time_point now);

 private:
  std::mutex mutex_;
  bool taken_ = false;
  std::deque<Taking*> waiting_;
};

}  // namespace backplane::plugin
