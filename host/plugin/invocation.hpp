// A run of handlers across the border, as something that an operation awaits.
//
// The handlers run one after another on this thread's own stack while the operation is suspended. If they return in time the
// operation goes on right here, as if it had never been suspended. If a deadline passes first, the watchdog takes the invocation
// over: the operation goes on elsewhere with a copy of its context, and this thread, whenever it comes back, finds that it has no
// more part in it.
#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <span>
#include <string>

#include "base/executor.hpp"
#include "plugin/call_slot.hpp"
#include "plugin/instance.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {

enum class Ended { went_on, rejected, faulted, timed_out, skipped };

struct Ending {
  Ended how = Ended::went_on;
  std::unique_ptr<base::Error> error{};  // of all but went_on
  bool given_up = false;                 // its thread is still inside
  bool held_up = false;                  // given up while it waited for a handler that it set off: not its own fault
};

// Whether the thread of an overdue handler is in that handler itself, or in one that an operation of it called.
enum class Whereabouts { in_handler, further_in };

// Whether the call has a serial plugin's turn, which then stays with the thread when the handler is given up.
enum class Turns { none, taken };

// How far a run came: the last handler called is handlers[called - 1], and this is how it ended. Those before it went on.
struct Ran {
  std::size_t called = 0;
  Ending ending{};
};

// What is left of a budget, by a clock that is read again only when the watchdog has looked around since: every 5 ms.
class Remaining {
 public:
  explicit Remaining(std::chrono::steady_clock::time_point until) : until_(until) { read(); }
  std::chrono::steady_clock::time_point now() const { return now_; }
  std::chrono::microseconds left() {
    if (looks_around.load(std::memory_order_relaxed) != read_at_) [[unlikely]]
      read();
    return left_;
  }

 private:
  void read();

  std::chrono::steady_clock::time_point until_;
  std::chrono::steady_clock::time_point now_;
  std::chrono::microseconds left_{};
  std::uint64_t read_at_ = 0;
};

// Whether a handler may be called without more ado: its plugin takes no turns and has not been failing.
inline bool is_plain(const Hook& hook) { return !hook.instance->serial() && hook.instance->breaker.is_clean(); }

class Invocation {
 public:
  // Calls the first of `hooks`, of which there is one at least, and then the others as long as each went on, changed nothing, and the
  // next is plain and has time left. `left` is more than nothing; each handler has its deadline or what is left, whichever is less.
  // `context` is what the operation goes on with: replaced by its copy when a handler is given up.
  Invocation(std::span<const Hook* const> hooks, std::shared_ptr<OperationContext>& context, model::Phase phase,
             Remaining left, Turns turns = Turns::none)
      : hooks_(hooks), context_(context), phase_(phase), left_(left), turns_(turns) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> operation);
  Ran await_resume();

  // The watchdog's side: makes the operation independent of the handler, which keeps what is returned. The operation is then to be
  // resumed by `continuation()`.
  std::shared_ptr<const void> take_over(Whereabouts whereabouts);
  std::coroutine_handle<> continuation() const { return continuation_; }

 private:
  bool next_is_plain() {
    return called_ < hooks_.size() && is_plain(*hooks_[called_]) && left_.left() > std::chrono::microseconds(0);
  }
  static Ending ended(Ended how, base::Error error);
  Ending ending() const;
  base::Error fault(std::string text) const;
  const Hook& hook() const { return *hooks_[called_ - 1]; }

  std::span<const Hook* const> hooks_;
  std::shared_ptr<OperationContext>& context_;
  model::Phase phase_;
  Remaining left_;
  Turns turns_;
  std::coroutine_handle<> continuation_;
  std::size_t called_ = 0;
  std::chrono::microseconds allowed_{};
  std::uint64_t number_ = 0;
  std::int32_t status_ = BP_OK;
  std::string thrown_;
  bool threw_ = false;
  bool taken_ = false;
  bool held_up_ = false;
};

}  // namespace backplane::plugin
