// The opaque text of a cursor: a mark of the search that it belongs to and the sort values of the last resource
// that was seen.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

std::string write_cursor(const Search& search, const std::vector<Value>& values);

// The values, or nothing when the text is not a cursor of this search.
std::optional<std::vector<Value>> read_cursor(const Search& search, std::string_view text);

}  // namespace backplane::store::sqlite
