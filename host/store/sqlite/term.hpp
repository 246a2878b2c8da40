// The fields of a search as SQL: the expression of a field, its value in a resource, and a filter as comparisons.
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

// "name", "updated_at", "backplane_member(document,'/title')".
std::string expression_of(const Field& field);

// What that expression gives for a resource.
Value value_of(const Field& field, const model::Resource& resource);

// <expression> <comparison> <value>: a filter holds when all its terms do.
struct Term {
  std::string_view comparison;
  Value value;
};

// invalid_argument: a value, or a comparison, that does not fit the field.
base::Result<std::vector<Term>> terms_of(const Filter& filter);

}  // namespace backplane::store::sqlite
