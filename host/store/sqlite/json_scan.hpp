// Finds one value in a JSON text without parsing the rest: what an index needs of a document at every write. The
// text must be valid JSON, as all that is stored is. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backplane::store::sqlite {

// The text of the value at `pointer` (RFC 6901), or nothing when there is none. Of members that occur twice, the first.
std::optional<std::string_view> find_in_json(std::string_view json, std::string_view pointer);

// What a JSON string means, given what is between its quotes.
std::string unescape_json(std::string_view inner);

// Whether it is a JSON Pointer: empty or beginning with '/', each '~' followed by 0 or 1, no NUL.
bool is_json_pointer(std::string_view pointer);

}  // namespace backplane::store::sqlite
