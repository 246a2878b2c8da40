// What a manifest may say, for people and for editors: both texts are made from the table of keys (schema.hpp).
#pragma once

#include <string>

namespace backplane::manifest {

// The reference page, Markdown: `backplane manifest reference`.
std::string manifest_reference();

// The JSON Schema (draft 7) of a manifest, for editors: `backplane manifest schema`.
std::string manifest_json_schema();

}  // namespace backplane::manifest
