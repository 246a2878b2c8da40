#include "plugin/caller.hpp"

#include <algorithm>
#include <cstring>

#include "base/per_thread.hpp"
#include "model/name.hpp"
#include "plugin/call_slot.hpp"
#include "plugin/crossing.hpp"
#include "plugin/event_context.hpp"
#include "plugin/instance.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;

// What this thread said by fault(), and in which call.
struct Said {
  FaultText text;
  std::uint64_t call = 0;
};
Said& said() {
  static const auto* const all = new base::PerThread<Said>();
  return all->get();
}

// The error lent to a thread that is in no handler: until its next call.
Error& lent_outside() {
  static const auto* const all = new base::PerThread<Error>();
  return all->get();
}

const Frame* frame_of(const void* subject) {
  const Frame* const current = CallSlot::of_this_thread().current();
  return current != nullptr && current->subject == subject ? current : nullptr;
}

}  // namespace

HandlerContext* context_here() {
  const Frame* const current = CallSlot::of_this_thread().current();
  return current == nullptr ? nullptr : current->context;
}

// A frame's subject is a context's own part, so that it tells the context's kind.
OperationContext* context_of(const bp_operation* operation) {
  const Frame* const frame = frame_of(operation);
  return frame == nullptr ? nullptr : static_cast<OperationContext*>(frame->context);
}

EventContext* context_of(const bp_event* event) {
  const Frame* const frame = frame_of(event);
  return frame == nullptr ? nullptr : static_cast<EventContext*>(frame->context);
}

Instance& instance_here() { return *CallSlot::of_this_thread().current()->handler->instance; }

Error not_in_handler(const char* function) {
  return {Code::invalid_argument, std::string(function) + ": wanted what the handler that this thread is in was called for"};
}

std::int32_t answer(const base::Result<void>& result, bp_error* out) {
  if (result) return BP_OK;
  if (out != nullptr && out->struct_size >= sizeof(std::uint32_t) + sizeof(std::int32_t)) {
    HandlerContext* const here = context_here();
    const Error& lent = here != nullptr ? here->lend(result.error()) : (lent_outside() = result.error());
    bp_error shown = to_abi(lent);
    const std::size_t size = std::min<std::size_t>(out->struct_size, sizeof(bp_error));
    shown.struct_size = static_cast<std::uint32_t>(size);
    std::memcpy(static_cast<void*>(out), &shown, size);
  }
  return static_cast<std::int32_t>(result.error().code);
}

std::string for_people(bp_string text, std::size_t most) {
  if (text.data == nullptr) return {};
  std::string_view cut(text.data, std::min<std::size_t>(text.size, most));
  // Not in the middle of a character.
  if (cut.size() < text.size)
    while (!cut.empty() && (static_cast<unsigned char>(text.data[cut.size()]) & 0xc0u) == 0x80u) cut.remove_suffix(1);
  return model::is_utf8(cut) ? std::string(cut) : std::string("(text that is not UTF-8)");
}

void say_fault(FaultText text) {
  const Frame* const current = CallSlot::of_this_thread().current();
  said() = {std::move(text), current == nullptr ? 0 : current->number.load(std::memory_order_relaxed)};
}

FaultText take_fault_text(std::uint64_t call) {
  Said last = std::exchange(said(), {});
  return last.call == call ? std::move(last.text) : FaultText{};
}

}  // namespace backplane::plugin
