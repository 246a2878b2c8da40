// The program `backplane` from its arguments to its exit code. Used by main and by tests.
#pragma once

#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/exit_code.hpp"

namespace backplane::app {

// The commands that need the whole host. They come from main, so that whatever else links the commands does not link it.
struct HostCommands {
  ExitCode (*run)(const RunOptions& options, Context& context);
  ExitCode (*rehearse)(const RehearseOptions& options, Context& context);
};

ExitCode run_program(std::vector<std::string> arguments, Console& console, const HostCommands& host_commands);

}  // namespace backplane::app
