// A search as SQL: bound parameters for all that comes from outside, and the cursor that leads to its next page.
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

// A pointer that is indexed for the type, by the index member_<id>.
struct IndexedMember {
  std::string pointer;
  std::int64_t id = 0;
};

struct Query {
  std::string sql;
  std::vector<Value> parameters;  // ?1, ?2 ...
};

// One page: BACKPLANE_RESOURCE_COLUMNS of limit + 1 rows, so that the last one tells whether there is a next page.
// invalid_argument as Store::search.
base::Result<Query> page_query(const Search& search, std::int64_t type, const std::vector<IndexedMember>& members);

// The number of resources that the search finds, on all its pages.
base::Result<Query> total_query(const Search& search, std::int64_t type, const std::vector<IndexedMember>& members);

// The cursor behind `last`, the last resource of a page.
std::string cursor_after(const Search& search, const model::Resource& last);

}  // namespace backplane::store::sqlite
