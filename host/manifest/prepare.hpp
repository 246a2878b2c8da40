// The first pass over a parsed file: refuses keys that a manifest may not have, and puts the values of environment
// variables in place of references to them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "manifest/yaml.hpp"

namespace backplane::manifest {

// The value of an environment variable, or nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// In every scalar that is a value: ${NAME} becomes the variable's value (a problem when it is not set), ${NAME:-default}
// the default when it is not set or empty, $$ a dollar sign. What is put in is not searched again. Any other dollar
// sign stays. Refused: a key that occurs twice, a merge key, a key that is no text.
void prepare(Node& root, const std::string& file, const Environment& environment, Problems& problems);

}  // namespace backplane::manifest
