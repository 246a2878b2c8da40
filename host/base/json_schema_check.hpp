// What must be refused in a JSON Schema before valijson sees it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace backplane::base {

// invalid_argument: an expression (pattern, patternProperties) that is none, which valijson would notice only when it
// meets a text; or a schema that applies itself to the same value by way of $ref, allOf and the like, on which it would
// recurse without end.
Result<void> check_json_schema(const nlohmann::json& schema);

}  // namespace backplane::base
