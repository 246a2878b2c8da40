// Patterns of event types, as metadata and grants write them: "order.paid" exactly, "order.*" (one segment),
// "order.>" (one segment or more), "*" alone (every event). Plain functions; any thread.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace backplane::plugin {

// Segments of [a-z0-9_-] separated by dots, "*" in place of a whole segment, ">" in place of the last one of several; at
// most 255 characters. invalid_argument: anything else.
base::Result<void> check_event_pattern(std::string_view pattern);

// Whether every event type that `narrow` matches is matched by `wide` as well. Both are well-formed.
bool covers(std::string_view wide, std::string_view narrow);

}  // namespace backplane::plugin
