// JSON from outside: parsed with limits, and precise about what is wrong with it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::base {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 64;
};

// Parses one JSON text (RFC 8259). Errors: too_large (bytes, depth: which limit, what was found);
// invalid_argument for anything that is not JSON, UTF-8 that is not valid, a number out of range, a
// member that occurs twice, an escaped NUL; the message tells line and column.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string quote_json(std::string_view text);

// A value as JSON text, compact. Strings that are not UTF-8 have U+FFFD in place of the wrong bytes.
std::string to_text(const Json& value);

// What differs between two documents: an object of JSON Pointers, each with "old" and "new" (one of them absent
// where a member was added or removed). Objects are compared member by member, arrays element by
// element. Beyond `most` differences the last member is "": {"truncated": true}.
Json changes_between(const Json& old_value, const Json& new_value, std::size_t most = 1000);

// Applies a JSON Patch (RFC 6902): invalid_argument when it is not one, conflict when it does not apply.
Result<Json> apply_json_patch(const Json& document, const Json& patch);

// Applies a JSON Merge Patch (RFC 7396).
Json apply_merge_patch(const Json& document, const Json& patch);

}  // namespace backplane::base
