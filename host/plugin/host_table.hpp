// The host's side of the border: the table of functions that plugins call. Each checks what it is given, copies it, and turns
// our results into the ABI's.
#pragma once

#include <backplane/backplane.h>

namespace backplane::plugin {

// The table, the same for all plugins; never destroyed.
const bp_host& host_table();

}  // namespace backplane::plugin
