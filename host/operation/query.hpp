// The query of a search, as it stands in a URL: "filter=/priority>=3&filter=/title^=a&sort=-/priority,id&limit=20".
//
//   filter   field operator value, all of them must hold; operators: = != < <= > >= ^= (begins with); the value is a JSON literal
//            (3, true, null, "3"), and any other text is taken as a string; at most 16
//   sort     fields, comma-separated, "-" before one for descending; at most 8
//   limit    1 to the host's max_page, default 50
//   cursor   the "next" of the page before
//   total    true: count all matches
//   deleted  include, or only
//
// A field is an indexed member of the document (a JSON Pointer) or one of id, status, revision, created_at, created_by,
// updated_at, updated_by. Names and values are percent-encoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/store.hpp"

namespace backplane::operation {

// Each one more is one more condition or column for the store to look at in every resource that it comes by.
inline constexpr std::size_t most_filters = 16;
inline constexpr std::size_t most_sorts = 8;

// invalid_argument: an unknown parameter, a malformed one, a limit out of range, or too many filters or fields to sort by.
base::Result<store::Search> parse_search(std::string_view query, std::size_t max_page);

// The query of list_revisions: "after=n&limit=n&deleted=include".
struct RevisionsQuery {
  std::uint64_t after = 0;
  store::Deleted deleted = store::Deleted::exclude;
  std::size_t limit = 50;
};
base::Result<RevisionsQuery> parse_revisions_query(std::string_view query, std::size_t max_page);

}  // namespace backplane::operation
