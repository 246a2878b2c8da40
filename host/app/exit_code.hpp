// The exit codes of the program: one table, from which --help is made and to which errors are mapped once.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace backplane::app {

enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  not_found = 4,
  conflict = 5,
  refused = 6,
  denied = 7,
  configuration = 78,  // EX_CONFIG of sysexits.h: a service manager need not try again
  interrupted = 130,
  terminated = 143,
};

struct ExitCodeEntry {
  ExitCode code;
  std::string_view meaning;
};

// Every exit code and what it means.
std::span<const ExitCodeEntry> exit_codes();

// The table as text, a line each, for --help.
std::string exit_codes_text();

// The exit code for an error of the host or on the way to it.
ExitCode exit_code_of(base::Code code);

// The exit code for a host that does not start: what only another manifest or plugin can mend is `configuration`.
ExitCode start_exit_code_of(base::Code code);

}  // namespace backplane::app
