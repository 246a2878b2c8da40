// Completion scripts for shells, made from the outline of the command line.
#pragma once

#include <string>

#include "app/options.hpp"
#include "app/outline.hpp"

namespace backplane::app {

std::string completion_script(Shell shell, const CommandOutline& root);

}  // namespace backplane::app
