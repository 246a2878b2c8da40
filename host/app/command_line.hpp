// The command line: what may be typed, what it means, and its help. Nothing outside these files knows CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "app/options.hpp"
#include "app/outline.hpp"

namespace backplane::app {

// What the arguments came to: a command to carry out, or a text to print and an exit code.
struct Parsed {
  std::optional<Invocation> invocation;
  std::string text;  // help or version (exit code done), or what is wrong with the arguments (usage)
  ExitCode exit_code = ExitCode::done;
};

// Reads the arguments that follow the program's name. Takes defaults of the connection from the environment:
// BACKPLANE_URL, BACKPLANE_ACTOR, BACKPLANE_TENANT.
Parsed parse(std::vector<std::string> arguments);

// Every command and option there is, from the definitions that parse() uses.
CommandOutline outline();

}  // namespace backplane::app
