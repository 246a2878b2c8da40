// backplane completion bash|zsh|fish
#include <ostream>

#include "app/command.hpp"
#include "app/command_line.hpp"
#include "app/completion.hpp"

namespace backplane::app {

ExitCode carry_out(const CompletionOptions& options, Context& context) {
  context.console.out << completion_script(options.shell, outline());
  return ExitCode::done;
}

}  // namespace backplane::app
