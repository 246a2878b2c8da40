// The program `backplane` from its arguments to its exit code. Used by main and by tests.
#pragma once

#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace backplane::app {

// What `run` does. It comes from main, so that whatever else links the commands does not link the whole host.
using Serve = ExitCode (*)(const RunOptions& options, Context& context);

ExitCode run_program(std::vector<std::string> arguments, Console& console, Serve serve);

}  // namespace backplane::app
