// Runs the program's commands in this process against a scripted host, with strings for streams.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/exit_code.hpp"
#include "app/options.hpp"
#include "app/scripted_server.hpp"

namespace backplane::test {

struct ProgramRun {
  app::ExitCode code = app::ExitCode::done;
  std::string out;
  std::string err;
};

struct Terminal {
  bool out = false;
  bool err = false;
};

// `run` itself serves nothing here: it is done at once, and what it was asked is in `served`. `plugin rehearse` is done at once as well.
ProgramRun run_program(std::vector<std::string> arguments, const std::string& input = {}, Terminal terminal = {});
extern app::RunOptions served;

// The same against a host that gives one answer.
ProgramRun run_against(int status, const std::string& body, std::vector<std::string> arguments, Terminal terminal = {});

// The requests that the arguments lead to, when the host gives these answers; the command must succeed.
std::vector<Received> requests_of(std::vector<std::string> arguments, const std::string& input = {},
                                  std::vector<std::pair<int, std::string>> answers = {{200, "{}"}});

// The only such request.
Received request_of(std::vector<std::string> arguments, const std::string& input = {});

std::string text_of(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace backplane::test
