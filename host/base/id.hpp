// UUIDs of version 7 (RFC 9562): they sort by the time at which they were made.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace backplane::base {

// "01890a5d-ac96-774b-bcce-b302099a8057", 36 characters. Within one thread each is greater than the one
// before, also within the same millisecond (RFC 9562, 6.2, method 1: a counter in rand_a). Any thread.
std::string new_uuid(UtcTime time);

// The same, put into a text that may have room for it.
void new_uuid(UtcTime time, std::string& text);

}  // namespace backplane::base
