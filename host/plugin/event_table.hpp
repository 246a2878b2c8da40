// The functions of "backplane.events/1": each checks what it is given, copies it, and turns our results into the ABI's.
#pragma once

#include <backplane/events.h>

namespace backplane::plugin {

// The table, the same for all plugins; never destroyed.
const bp_events& event_table();

}  // namespace backplane::plugin
