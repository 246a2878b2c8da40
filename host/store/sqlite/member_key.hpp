// The value of a document's member as a key: bytes whose order (memcmp) is that of searches: null, booleans, numbers,
// strings, arrays and objects (all alike), absent. Used by the indexes, filters, sorts and cursors, so that all of
// them agree. Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/json.hpp"

struct sqlite3;

namespace backplane::store::sqlite {

// The value at `pointer` (a JSON Pointer) in `document`, a valid JSON text.
std::string member_key(std::string_view document, std::string_view pointer);

// The key of a null, boolean, number or string.
std::string key_of(const base::Json& scalar);

// The least key of the same kind as `key`, and the least key after that kind.
std::string kind_begin(std::string_view key);
std::string kind_end(std::string_view key);

// The key that all absent members have: greater than all others.
std::string absent_key();

// The least key after those of all strings that begin as the string of `key`.
std::string prefix_end(std::string key);

// Gives the connection the SQL function backplane_member(document, pointer), which is member_key().
void add_member_function(sqlite3* connection);

// The expression that is indexed and searched for a pointer: a call of that function.
std::string member_expression(std::string_view pointer);

}  // namespace backplane::store::sqlite
