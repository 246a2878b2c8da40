// A reload's report (reload.hpp) for people.
#pragma once

#include <iosfwd>

#include "base/json.hpp"

namespace backplane::app {

// A line for all that the manifest says otherwise, and for each plugin with its steps and times.
void print_reload(std::ostream& out, const base::Json& report);

}  // namespace backplane::app
