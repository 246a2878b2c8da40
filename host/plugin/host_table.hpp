// The host's side of the border: the table of functions that plugins call. Each checks what it is given, copies it, and turns
// our results into the ABI's.
#pragma once

#include <backplane/backplane.h>

#include <cstdint>
#include <string>

namespace backplane::plugin {

// The table, the same for all plugins; never destroyed.
const bp_host& host_table();

// What the plugin last said by bp_host.fault on this thread, in the handler's call of that number (0: in create, start or
// stop), which is then forgotten.
struct FaultText {
  std::string message;
  std::string details;
};
FaultText take_fault_text(std::uint64_t call);

}  // namespace backplane::plugin
