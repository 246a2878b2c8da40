// One call of a handler across the border, as something that an operation awaits.
//
// The handler runs on this thread's own stack while the operation is suspended. If it returns in time the operation goes on
// right here, as if it had never been suspended. If its deadline passes first, the watchdog takes the invocation over: the
// operation goes on elsewhere with a copy of its context, and this thread, whenever it comes back, finds that it has no more part
// in it.
#pragma once

#include <coroutine>
#include <memory>

#include "base/executor.hpp"
#include "plugin/instance.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {

enum class Ended { went_on, rejected, faulted, timed_out, skipped };

struct Ending {
  Ended how = Ended::went_on;
  base::Error error{};    // of all but went_on
  bool given_up = false;  // its thread is still inside
  bool held_up = false;   // given up while it waited for a handler that it set off: not its own fault
};

// Whether the thread of an overdue handler is in that handler itself, or in one that an operation of it called.
enum class Whereabouts { in_handler, further_in };

// Whether the call has a serial plugin's turn, which then stays with the thread when the handler is given up.
enum class Turns { none, taken };

class Invocation {
 public:
  // `context` is what the operation goes on with: replaced by its copy when the handler is given up.
  Invocation(const Hook& hook, std::shared_ptr<OperationContext>& context, std::chrono::microseconds allowed, Turns turns)
      : hook_(hook), context_(context), allowed_(allowed), turns_(turns) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> operation);
  Ending await_resume();

  // The watchdog's side: makes the operation independent of the handler, which keeps what is returned. The operation is then to be
  // resumed by `continuation()`.
  std::shared_ptr<const void> take_over(Whereabouts whereabouts);
  std::coroutine_handle<> continuation() const { return continuation_; }

 private:
  base::Error fault(std::string text) const;

  const Hook& hook_;
  std::shared_ptr<OperationContext>& context_;
  std::chrono::microseconds allowed_;
  Turns turns_;
  std::coroutine_handle<> continuation_;
  std::uint64_t number_ = 0;
  std::int32_t status_ = BP_OK;
  std::string thrown_;
  bool threw_ = false;
  bool taken_ = false;
  bool held_up_ = false;
};

}  // namespace backplane::plugin
