#include "app/program_run.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include "app/program.hpp"
#include "support/catch.hpp"

namespace backplane::test {

app::RunOptions served;

namespace {

app::ExitCode keep(const app::RunOptions& options, app::Context&) {
  served = options;
  return app::ExitCode::done;
}

app::ExitCode rehearse_nothing(const app::RehearseOptions&, app::Context&) { return app::ExitCode::done; }

}  // namespace

ProgramRun run_program(std::vector<std::string> arguments, const std::string& input, Terminal terminal) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  app::Console console{in, out, err, terminal.out, terminal.err};
  const app::ExitCode code = app::run_program(std::move(arguments), console, {keep, rehearse_nothing});
  return {code, out.str(), err.str()};
}

ProgramRun run_against(int status, const std::string& body, std::vector<std::string> arguments, Terminal terminal) {
  std::vector<Received> requests;
  const auto server = ScriptedServer::answering({{status, body}}, requests);
  arguments.push_back("--url=" + server.url());
  return run_program(std::move(arguments), {}, terminal);
}

std::vector<Received> requests_of(std::vector<std::string> arguments, const std::string& input,
                                  std::vector<std::pair<int, std::string>> answers) {
  std::vector<Received> requests;
  {
    const auto server = ScriptedServer::answering(std::move(answers), requests);
    arguments.push_back("--url=" + server.url());
    const ProgramRun result = run_program(std::move(arguments), input);
    INFO(result.err);
    CHECK(result.code == app::ExitCode::done);
  }
  return requests;
}

Received request_of(std::vector<std::string> arguments, const std::string& input) {
  const auto requests = requests_of(std::move(arguments), input);
  REQUIRE(requests.size() == 1);
  return requests[0];
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace backplane::test
