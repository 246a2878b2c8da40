// Semantic versions (semver.org 2.0.0). Any thread.
#pragma once

#include <string_view>

namespace backplane::plugin {

// Whether `text` is one: "1.0.0", "2.1.0-rc.1+build.7".
bool is_semantic_version(std::string_view text);

}  // namespace backplane::plugin
