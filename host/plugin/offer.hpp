// What this host offers to plugins beyond the functions of its own table, under the names by which they ask for it:
// what get_interface answers, and what the metadata's `requires` is held against before any code of a plugin runs. Any
// thread.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "plugin/metadata.hpp"

namespace backplane::plugin {

// The table of functions of that name, never destroyed; NULL: none is given to plugins under that name.
const void* offered_table(std::string_view name);

// Does this host offer everything that the metadata requires? unsupported: the message lists what is missing, and what
// is offered.
base::Result<void> check_requirements(const Metadata& metadata);

}  // namespace backplane::plugin
