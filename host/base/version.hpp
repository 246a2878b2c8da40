// The version of the host.
#pragma once

#include <string_view>

namespace backplane::base {

// Semantic: "0.1.0".
std::string_view version();

}  // namespace backplane::base
