// The OpenAPI 3.1 description of the routes, made from their table.
#pragma once

#include <string>

namespace backplane::http {

// JSON text.
std::string describe_routes();

}  // namespace backplane::http
