// The way into one generation of a plugin: open as long as it is served, closed while its successor takes over. Whoever
// is inside keeps it from being stopped; whoever comes to a closed gate waits, and then looks anew which generation is
// there.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/executor.hpp"

namespace backplane::plugin {

class Gate {
 public:
  using Clock = std::chrono::steady_clock;

  // ---- those who come; any thread ----

  // False: it is closed. What enters leaves.
  bool enter() {
    if ((state_.fetch_add(1) & closed) == 0) [[likely]]
      return true;
    leave();
    return false;
  }

  // For those whom somebody inside waits for: the gate may be closed, as long as not everybody has left.
  bool enter_unless_drained();

  void leave() {
    if ((state_.fetch_sub(1) & ~drained) == (closed | 1)) [[unlikely]]
      tell_empty();
  }

  bool is_open() const { return (state_.load(std::memory_order_relaxed) & closed) == 0; }

  // co_await gate.wait(executor, until): true: it was opened, or another generation is in this one's place; false: the
  // time is up.
  class Waiting {
   public:
    Waiting(Gate& gate, base::Executor& executor, Clock::time_point until)
        : gate_(gate), executor_(executor), until_(until) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiting);
    bool await_resume() const noexcept { return in_time_; }

   private:
    friend class Gate;
    Gate& gate_;
    base::Executor& executor_;
    Clock::time_point until_;
    std::coroutine_handle<> waiting_;
    bool in_time_ = true;
  };
  Waiting wait(base::Executor& executor, Clock::time_point until) { return {*this, executor, until}; }

  // Sends those away whose time is up. Called at intervals by the watchdog.
  void expire(Clock::time_point now);

  // ---- whoever replaces the generation; one thread ----

  void close() { state_.fetch_or(closed); }

  // Waits until everybody has left. From then on nobody enters. False: the deadline came first.
  bool drain(Clock::time_point deadline);

  // The generation is served on.
  void open();

  // It never is again: whoever waits looks anew.
  void retire();
  bool is_retired();

  std::size_t inside() const { return static_cast<std::size_t>(state_.load() & ~(closed | drained)); }

 private:
  static constexpr std::uint64_t closed = std::uint64_t{1} << 62u;
  static constexpr std::uint64_t drained = std::uint64_t{1} << 63u;

  void tell_empty();
  void send_on();

  std::atomic<std::uint64_t> state_{0};  // how many are inside, and the two marks
  std::mutex mutex_;
  std::condition_variable empty_;
  bool retired_ = false;
  std::vector<Waiting*> waiting_;
};

}  // namespace backplane::plugin
