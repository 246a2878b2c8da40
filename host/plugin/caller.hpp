// Who is calling one of the host's functions, and how it is answered: what the tables of functions have in common.
#pragma once

#include <backplane/events.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::plugin {

class HandlerContext;
class OperationContext;
class EventContext;
class Instance;

// The context of the handler that this thread is in, or null.
HandlerContext* context_here();

// The same, if it handles this operation or event, and null otherwise.
OperationContext* context_of(const bp_operation* operation);
EventContext* context_of(const bp_event* event);

// The plugin whose handler this thread is in.
Instance& instance_here();

base::Error not_in_handler(const char* function);

// Turns a result into the ABI's: a status, and the text where the plugin asked for it.
std::int32_t answer(const base::Result<void>& result, bp_error* out);

// Text that only goes to people: what is not UTF-8 is not shown.
std::string for_people(bp_string text, std::size_t most);

inline constexpr std::size_t most_message_bytes = 16 << 10;
inline constexpr std::size_t most_document_bytes = 64 << 20;

// What the plugin last said by bp_host.fault on this thread, in the handler's call of that number (0: in create, start or
// stop), which is then forgotten.
struct FaultText {
  std::string message;
  std::string details;
};
FaultText take_fault_text(std::uint64_t call);
void say_fault(FaultText text);

}  // namespace backplane::plugin
