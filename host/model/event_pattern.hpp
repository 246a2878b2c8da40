// Patterns of event types, as the manifest's grants and the metadata of plugins write them: "order.paid" exactly, "order.*"
// (one segment), "order.>" (the rest, one segment or more), "*" alone (every event). Plain functions; any thread.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace backplane::model {

// What is wanted where a pattern is, for messages; and the same as a regular expression, for schemas.
inline constexpr std::string_view event_pattern_wanted = "an event type or a pattern such as order.paid, order.*, order.> or *";
inline constexpr std::string_view event_pattern_regex = R"(^([a-z0-9_-]+|\*)(\.([a-z0-9_-]+|\*))*(\.>)?$)";

// Segments of [a-z0-9_-] separated by dots, "*" in place of a whole segment, ">" in place of the last one of several; at
// most 255 characters. invalid_argument: anything else.
base::Result<void> check_event_pattern(std::string_view pattern);

// Whether every event type that `narrow` matches is matched by `wide` as well. Both are well-formed.
bool covers(std::string_view wide, std::string_view narrow);

// Whether the pattern matches the event type, which is no pattern itself. Both are well-formed.
bool matches(std::string_view pattern, std::string_view type);

}  // namespace backplane::model
