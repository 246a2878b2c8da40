#include "plugin/invocation.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "plugin/call_slot.hpp"
#include "plugin/host_table.hpp"

namespace backplane::plugin {
namespace {

// How a call came back. An exception that reaches us from a plugin is a fault of that plugin.
struct Return {
  std::int32_t status = BP_OK;
  bool threw = false;
  std::string thrown{};
};

Return call(const Hook& hook, const OperationContext& context) {
  try {
    return {hook.handler(hook.user_data, &context)};
  } catch (const std::exception& error) {
    return {BP_E_PLUGIN_FAULT, true, error.what()};
  } catch (...) {
    return {BP_E_PLUGIN_FAULT, true, "not a std::exception"};
  }
}

// The handler came back after it was given up. Nothing of the operation may be touched.
void came_back_late(Instance& instance, Turns turns) {
  base::log_warning("plugin:" + instance.id(), "a handler that was given up has returned");
  if (turns == Turns::taken) instance.turn.release();
  instance.thread_came_back();
}

}  // namespace

bool Invocation::await_suspend(std::coroutine_handle<> operation) {
  continuation_ = operation;
  CallSlot& slot = CallSlot::of_this_thread();
  const Hook& hook = hook_;
  OperationContext& context = *context_;
  const auto allowed = allowed_.count();
  const Turns turns = turns_;
  const std::uint64_t number = number_ = slot.next_number();
  slot.enter(number, this, &context, &hook, allowed);
  // From here to leave() this object may be gone at any moment.
  Return returned = call(hook, context);
  if (!slot.leave(number, [&] { came_back_late(*hook.instance, turns); })) return true;
  status_ = returned.status;
  threw_ = returned.threw;
  if (threw_) thrown_ = std::move(returned.thrown);
  return false;
}

std::shared_ptr<const void> Invocation::take_over(Whereabouts whereabouts) {
  taken_ = true;
  held_up_ = whereabouts == Whereabouts::further_in;
  hook_.instance->thread_is_stuck();
  std::shared_ptr<OperationContext> late = context_;
  context_ = late->abandon();
  return late;
}

Ending Invocation::await_resume() {
  if (status_ == BP_OK && !threw_ && !taken_ && !context_->is_rejected()) [[likely]]
    return {};
  // A rejection always rejects, whatever came after it.
  if (auto rejection = context_->take_rejection()) return {Ended::rejected, std::move(*rejection), taken_, held_up_};
  Instance& instance = *hook_.instance;
  const std::string handler = "handler '" + hook_.name + "' of plugin '" + instance.id() + "'";
  if (taken_)
    return {Ended::timed_out, {base::Code::timeout, handler + " did not return within " +
                                                        std::to_string(allowed_.count() / 1000) + " ms", {}, {}, instance.id()}, true, held_up_};
  if (threw_) return {Ended::faulted, fault(handler + " threw an exception: " + thrown_)};
  if (status_ == BP_REJECTED && context_->phase == BP_BEFORE)
    return {Ended::rejected, {base::Code::rejected, handler + " rejected the operation without saying why", {}, {}, instance.id()}};
  const FaultText text = take_fault_text(number_);
  base::Error error = fault(handler + ": " + (text.message.empty() ? "returned " + std::to_string(status_) : text.message));
  error.details = text.details;
  return {Ended::faulted, std::move(error)};
}

base::Error Invocation::fault(std::string text) const {
  return {base::Code::plugin_fault, std::move(text), {}, {}, hook_.instance->id()};
}

}  // namespace backplane::plugin
