// A run of handlers across the border, one after another, on this thread's own stack.
//
// If they return in time the run ends right here. If a deadline passes first, the watchdog takes the run over: what it is part of
// goes on elsewhere with a copy of the context, and this thread, whenever it comes back, finds that it has no more part in it.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "plugin/call_slot.hpp"
#include "plugin/instance.hpp"
#include "plugin/interruptible.hpp"

namespace backplane::plugin {

// What is left of a budget, by a clock that is read again only when the watchdog has looked around since: every 5 ms.
class Remaining {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Remaining(Clock::time_point until) : until_(until) { read(); }
  Clock::time_point now() const { return now_; }
  std::chrono::microseconds left() {
    if (looks_around.load(std::memory_order_relaxed) != read_at_) [[unlikely]]
      read();
    return left_;
  }

 private:
  void read();

  Clock::time_point until_;
  Clock::time_point now_;
  std::chrono::microseconds left_{};
  std::uint64_t read_at_ = 0;
};

// Whether the call has a serial plugin's turn, which then stays with the thread when the handler is given up.
enum class Turns { none, taken };

// Whether a handler may be called without more ado: its plugin takes no turns and has not been failing.
inline bool is_plain(const Handler& handler) { return !handler.instance->serial() && handler.instance->breaker.is_clean(); }

// How a run ended: what became of the last handler called. Those before it returned BP_OK and left nothing to look at.
struct Returned {
  std::size_t called = 0;
  std::int32_t status = BP_OK;
  std::uint64_t number = 0;            // of the call, for take_fault_text
  std::optional<std::string> thrown{};
  bool taken = false;                  // given up: its thread is still inside
  bool held_up = false;                // given up while it waited for a handler that it set off: not its own fault
  std::chrono::microseconds allowed{}; // when taken
};

// Calls a function of a plugin. An exception that reaches us from it is a fault of that plugin: its words are put into `thrown`.
template <class H, class Subject>
std::int32_t call_function(const H& handler, const Subject& subject, std::optional<std::string>& thrown) {
  try {
    return handler.function(handler.user_data, &subject);
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "not a std::exception";
  }
  return BP_E_PLUGIN_FAULT;
}

// A handler came back after it was given up. Nothing of what it was called for may be touched.
void came_back_late(Instance& instance, Turns turns);

template <class H>
class HandlerRun : public Interruptible {
 public:
  using Context = typename H::Context;

  // Calls the first of `handlers`, of which there is one at least, and then the others as long as each went on, left nothing to
  // look at, and the next is plain and has time left. `left` is more than nothing; each handler has its deadline or what is left,
  // whichever is less. `context` is what is gone on with: replaced by its copy when a handler is given up.
  HandlerRun(std::span<const H* const> handlers, std::shared_ptr<Context>& context, Remaining left, Turns turns = Turns::none)
      : handlers_(handlers), context_(context), left_(left), turns_(turns) {}
  HandlerRun(const HandlerRun&) = delete;
  HandlerRun& operator=(const HandlerRun&) = delete;

  // False: the run was taken over, and this object may be gone.
  bool run() {
    Context& context = *context_;
    const Turns turns = turns_;
    CallSlot::Visit visit(CallSlot::of_this_thread(), this, &context, context.subject());
    std::optional<std::string> thrown;
    do {
      const H& handler = *handlers_[returned_.called++];
      const auto allowed = std::min(handler.deadline, left_.left());
      context.begin_handler(allowed, left_.now());
      const std::uint64_t number = visit.enter(handler, allowed);
      // From here to leave() this object may be gone at any moment.
      const std::int32_t status = call_function(handler, *context.subject(), thrown);
      if (!visit.leave(number, [&] { came_back_late(*handler.instance, turns); })) return false;
      if (status != BP_OK || context.was_touched() || !handler.instance->breaker.is_clean()) [[unlikely]] {
        returned_.status = status;
        returned_.number = number;
        returned_.thrown = std::move(thrown);
        return true;
      }
    } while (next_is_plain());
    return true;
  }

  Returned take_returned() { return std::move(returned_); }

  std::shared_ptr<const void> take_over(std::uint64_t, Whereabouts whereabouts) override {
    returned_.taken = true;
    returned_.held_up = whereabouts == Whereabouts::further_in;
    handlers_[returned_.called - 1]->instance->thread_is_stuck();
    std::shared_ptr<Context> late = context_;
    returned_.allowed = late->allowed();
    context_ = std::static_pointer_cast<Context>(late->abandon());
    return late;
  }

 protected:
  ~HandlerRun() = default;

  std::span<const H* const> handlers_;
  std::shared_ptr<Context>& context_;

 private:
  bool next_is_plain() {
    return returned_.called < handlers_.size() && is_plain(*handlers_[returned_.called]) &&
           left_.left() > std::chrono::microseconds(0);
  }

  Remaining left_;
  Turns turns_;
  Returned returned_;
};

// The error of a handler that did not return in time, or that broke: it threw, or returned what it must not.
base::Error timeout_of(const Handler& handler, const Returned& returned);
base::Error fault_of(const Handler& handler, const Returned& returned);

}  // namespace backplane::plugin
