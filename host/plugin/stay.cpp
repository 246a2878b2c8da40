#include "plugin/stay.hpp"

#include <algorithm>

#include "base/assertion.hpp"
#include "plugin/call_slot.hpp"
#include "plugin/handler_context.hpp"
#include "plugin/instance.hpp"

namespace backplane::plugin {
namespace {

// How long something that a handler set off waits at a gate before it goes in: somebody inside may be waiting for it,
// but without a pause the gate's plugin might never be left by all.
constexpr auto pause = std::chrono::milliseconds(50);

// Whether one of those whom this thread's handlers were called for is inside.
bool is_held_here(const Instance& instance) {
  return CallSlot::of_this_thread().any_context([&](const HandlerContext& context) { return context.holds(instance); });
}

base::Error reloading(const Instance& instance) {
  return {base::Code::unavailable,
          "plugin '" + instance.id() + "' is being reloaded, and was not there again in time",
          {},
          {},
          instance.id()};
}

}  // namespace

Instance* Stay::try_enter(const Company& company, Insisting insisting) {
  for (Instance* const one : company) {
    Gate& gate = one->gate;
    if (gate.enter() || ((insisting == Insisting::yes || is_held_here(*one)) && gate.enter_unless_drained()))
        [[likely]] {
      inside_.push_back(one);
      continue;
    }
    for (Instance* const entered : inside_) entered->gate.leave();
    inside_.clear();
    return one;
  }
  return nullptr;
}

base::Task<base::Result<Entering>> Stay::enter(const Company& company, base::Executor& executor,
                                               std::chrono::steady_clock::time_point until) {
  const bool is_set_off = inside_handler();
  Instance* closed = try_enter(company, Insisting::no);
  if (closed == nullptr) co_return Entering::done;
  if (is_set_off) {
    const auto soon = std::min(until, std::chrono::steady_clock::now() + pause);
    if (co_await closed->gate.wait(executor, soon)) co_return Entering::again;
    closed = try_enter(company, Insisting::yes);
    if (closed == nullptr) co_return Entering::done;
  }
  if (co_await closed->gate.wait(executor, until)) co_return Entering::again;
  co_return reloading(*closed);
}

void Stay::enter_held(const Company& company) { BACKPLANE_ASSERT(try_enter(company, Insisting::yes) == nullptr); }

void Stay::end() {
  if (ended_.exchange(true)) return;
  for (Instance* const one : inside_) one->gate.leave();
}

bool Stay::holds(const Instance& instance) const {
  return !ended_ && std::find(inside_.begin(), inside_.end(), &instance) != inside_.end();
}

}  // namespace backplane::plugin
