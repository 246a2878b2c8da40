#include "app/program.hpp"

#include <ostream>
#include <type_traits>

#include "app/command_line.hpp"

namespace backplane::app {

ExitCode run_program(std::vector<std::string> arguments, Console& console, const HostCommands& host_commands) {
  const Parsed parsed = parse(std::move(arguments));
  if (!parsed.invocation) {
    (parsed.exit_code == ExitCode::done ? console.out : console.err) << parsed.text;
    return parsed.exit_code;
  }
  Context context{console, parsed.invocation->connection, parsed.invocation->output};
  const ExitCode code = std::visit(
      [&](const auto& options) {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, RunOptions>) {
          return host_commands.run(options, context);
        } else if constexpr (std::is_same_v<Options, RehearseOptions>) {
          return host_commands.rehearse(options, context);
        } else {
          return carry_out(options, context);
        }
      },
      parsed.invocation->command);
  console.out.flush();
  return code;
}

}  // namespace backplane::app
