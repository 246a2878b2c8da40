#include "plugin/invocation.hpp"

#include <algorithm>
#include <optional>

#include "base/log.hpp"
#include "plugin/call_slot.hpp"
#include "plugin/host_table.hpp"

namespace backplane::plugin {
namespace {

// Calls a handler. An exception that reaches us from a plugin is a fault of that plugin: its words are put into `thrown`.
std::int32_t call(const Hook& hook, const OperationContext& context, std::optional<std::string>& thrown) {
  try {
    return hook.handler(hook.user_data, &context);
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "not a std::exception";
  }
  return BP_E_PLUGIN_FAULT;
}

// The handler came back after it was given up. Nothing of the operation may be touched.
void came_back_late(Instance& instance, Turns turns) {
  base::log_warning("plugin:" + instance.id(), "a handler that was given up has returned");
  if (turns == Turns::taken) instance.turn.release();
  instance.thread_came_back();
}

}  // namespace

void Remaining::read() {
  read_at_ = looks_around.load(std::memory_order_relaxed);
  now_ = std::chrono::steady_clock::now();
  left_ = std::chrono::duration_cast<std::chrono::microseconds>(until_ - now_);
}

bool Invocation::await_suspend(std::coroutine_handle<> operation) {
  continuation_ = operation;
  CallSlot& slot = CallSlot::of_this_thread();
  OperationContext& context = *context_;
  const Turns turns = turns_;
  context.begin_phase(phase_);
  CallSlot::Visit visit(slot, this, &context);
  std::optional<std::string> thrown;
  do {
    const Hook& hook = *hooks_[called_++];
    const auto allowed = std::min(hook.deadline, left_.left());
    context.begin_handler(allowed, left_.now());
    const std::uint64_t number = visit.enter(hook, allowed);
    // From here to leave() this object may be gone at any moment.
    const std::int32_t status = call(hook, context, thrown);
    if (!visit.leave(number, [&] { came_back_late(*hook.instance, turns); })) return true;
    if (status != BP_OK || context.was_touched() || !hook.instance->breaker.is_clean()) [[unlikely]] {
      status_ = status;
      number_ = number;
      threw_ = thrown.has_value();
      if (threw_) thrown_ = std::move(*thrown);
      return false;
    }
  } while (next_is_plain());
  return false;
}

std::shared_ptr<const void> Invocation::take_over(Whereabouts whereabouts) {
  taken_ = true;
  held_up_ = whereabouts == Whereabouts::further_in;
  hook().instance->thread_is_stuck();
  std::shared_ptr<OperationContext> late = context_;
  allowed_ = late->budget();
  context_ = late->abandon();
  return late;
}

Ran Invocation::await_resume() {
  if (status_ == BP_OK && !threw_ && !taken_ && !context_->is_rejected()) [[likely]]
    return {called_};
  return {called_, ending()};
}

Ending Invocation::ended(Ended how, base::Error error) { return {how, std::make_unique<base::Error>(std::move(error))}; }

Ending Invocation::ending() const {
  // A rejection always rejects, whatever came after it.
  if (auto rejection = context_->take_rejection()) {
    Ending rejected = ended(Ended::rejected, std::move(*rejection));
    rejected.given_up = taken_;
    rejected.held_up = held_up_;
    return rejected;
  }
  const std::string& plugin = hook().instance->id();
  const std::string handler = "handler '" + hook().name + "' of plugin '" + plugin + "'";
  if (taken_) {
    const std::string limit = std::to_string(allowed_.count() / 1000) + " ms";
    Ending late = ended(Ended::timed_out, {base::Code::timeout, handler + " did not return within " + limit, {}, {}, plugin});
    late.given_up = true;
    late.held_up = held_up_;
    return late;
  }
  if (threw_) return ended(Ended::faulted, fault(handler + " threw an exception: " + thrown_));
  if (status_ == BP_REJECTED && context_->phase == BP_BEFORE)
    return ended(Ended::rejected, {base::Code::rejected, handler + " rejected the operation without saying why", {}, {}, plugin});
  const FaultText text = take_fault_text(number_);
  base::Error error = fault(handler + ": " + (text.message.empty() ? "returned " + std::to_string(status_) : text.message));
  error.details = text.details;
  return ended(Ended::faulted, std::move(error));
}

base::Error Invocation::fault(std::string text) const {
  return {base::Code::plugin_fault, std::move(text), {}, {}, hook().instance->id()};
}

}  // namespace backplane::plugin
