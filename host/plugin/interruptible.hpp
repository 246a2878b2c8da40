// What the watchdog takes away from a thread that is held up in a handler.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>

namespace backplane::plugin {

// Whether the thread of an overdue handler is in that handler itself, or in one that a call of its own led to.
enum class Whereabouts { in_handler, further_in };

// Calls of handlers that are under way on a thread. The watchdog calls both functions, one after the other, while the
// thread cannot get past the end of its handler.
class Interruptible {
 public:
  // Makes what is to go on independent of the handler, which keeps what is returned. `number`: of the call, see
  // CallSlot.
  virtual std::shared_ptr<const void> take_over(std::uint64_t number, Whereabouts whereabouts) = 0;

  // What goes on instead, on another thread. Null: nothing does.
  virtual std::coroutine_handle<> continuation() = 0;

 protected:
  ~Interruptible() = default;
};

}  // namespace backplane::plugin
