#include "app/command_line.hpp"

#include <cstdlib>

#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using namespace std::chrono_literals;
using app::ExitCode;

namespace {

template <class Options>
Options options_of(std::vector<std::string> arguments) {
  const auto parsed = app::parse(std::move(arguments));
  INFO(parsed.text);
  REQUIRE(parsed.invocation);
  REQUIRE(std::holds_alternative<Options>(parsed.invocation->command));
  return std::get<Options>(parsed.invocation->command);
}

// Every command there is, as it is typed.
void collect(const app::CommandOutline& command, const std::vector<std::string>& path, std::vector<std::vector<std::string>>& into) {
  into.push_back(path);
  for (const auto& child : command.commands) {
    auto longer = path;
    longer.push_back(child.name);
    collect(child, longer, into);
  }
}

}  // namespace

TEST_CASE("run takes what it needs to override the manifest") {
  CHECK(run_program({"run", "m.yaml", "--http", "127.0.0.1:0", "--data-dir", "d", "--log-level", "debug", "--log-format", "json",
                     "--ready-file", "r"})
            .code == ExitCode::done);
  CHECK(served.manifest == "m.yaml");
  CHECK(served.http == "127.0.0.1:0");
  CHECK(served.data_dir == "d");
  CHECK(served.log_level == "debug");
  CHECK(served.log_format == "json");
  CHECK(served.ready_file == "r");
}

TEST_CASE("documents that look like lists or options are taken as they are") {
  CHECK(options_of<app::ResourceOptions>({"resource", "update", "note", "x", "{}"}).document == "{}");
  CHECK(options_of<app::ResourceOptions>({"resource", "update", "note", "x", "[1,2]"}).document == "[1,2]");
  CHECK(options_of<app::ResourceOptions>({"resource", "update", "note", "x", "-"}).document == "-");
  CHECK(options_of<app::ResourceOptions>({"resource", "update", "note", "x"}).document == "-");
  CHECK(options_of<app::ResourceOptions>({"resource", "update", "note", "x", "\"a, b\""}).document == "\"a, b\"");
  CHECK(options_of<app::ResourceOptions>({"resource", "get", "note", "--", "-x"}).id == "-x");
}

TEST_CASE("a repeated option takes one value each time") {
  const auto options = options_of<app::PageOptions>({"resource", "search", "--filter", "a = 1", "--filter", "[x] = [1,2]", "note"});
  CHECK(options.type == "note");
  CHECK(options.filters == std::vector<std::string>{"a = 1", "[x] = [1,2]"});
  CHECK(options_of<app::DumpOptions>({"dump", "--type", "a", "--type", "b"}).types == std::vector<std::string>{"a", "b"});
}

TEST_CASE("the connection comes from options, else from the environment, else it is the local host") {
  const std::vector<std::string> get{"resource", "get", "note", "x"};
  CHECK(app::parse(get).invocation->connection.url == "http://127.0.0.1:8080");
  CHECK(app::parse(get).invocation->connection.timeout == 30s);
  ::setenv("BACKPLANE_URL", "http://elsewhere:1", 1);
  ::setenv("BACKPLANE_ACTOR", "ann", 1);
  CHECK(app::parse(get).invocation->connection.url == "http://elsewhere:1");
  CHECK(app::parse(get).invocation->connection.actor == "ann");
  auto with_options = get;
  with_options.insert(with_options.end(), {"--url", "h:2", "--timeout", "1.5"});
  CHECK(app::parse(with_options).invocation->connection.url == "h:2");
  CHECK(app::parse(with_options).invocation->connection.timeout == 1500ms);
  ::unsetenv("BACKPLANE_URL");
  ::unsetenv("BACKPLANE_ACTOR");
}

TEST_CASE("a wrong command line is exit code 2 and says which command and what") {
  struct Row {
    std::vector<std::string> arguments;
    std::string says;
  };
  const std::vector<Row> rows{
      {{"fly"}, "backplane: unknown command \"fly\"; known: run, check, "},
      {{"resorce", "get", "note", "x"}, "did you mean \"resource\"?"},
      {{"resource", "updat", "note", "x"}, "backplane resource: unknown command \"updat\"; did you mean \"update\"?"},
      {{"resource"}, "backplane resource: "},
      {{"resource", "get", "note"}, "backplane resource get: ID is required"},
      {{"resource", "get", "note", "x", "--colour"}, "--colour"},
      {{"resource", "create", "note", "{}", "--status", "blue"}, "--status: blue not in {stable,draft}"},
      {{"resource", "switch", "note", "x"}, "--revision is required"},
      {{"resource", "switch", "note", "x", "--revision", "-1"}, "--revision"},
      {{"resource", "search", "note", "--limit", "many"}, "--limit"},
      {{"resource", "search", "note", "--deleted", "--deleted-only"}, "--deleted"},
      {{"resource", "patch", "note", "x", "{}", "--merge", "--json-patch"}, "--json-patch"},
      {{"load", "f", "--on-conflict", "guess"}, "--on-conflict: guess not in {fail,skip,overwrite}"},
      {{"dump", "--timeout", "0"}, "--timeout"},
      {{"completion", "csh"}, "backplane completion: "},
  };
  for (const auto& [arguments, says] : rows) {
    const auto result = run_program(arguments);
    CHECK(result.code == ExitCode::usage);
    CHECK(result.out.empty());
    INFO(result.err);
    CHECK(result.err.find(says) != std::string::npos);
    CHECK(result.err.find("--help` tells what can be given") != std::string::npos);
  }
}

TEST_CASE("with --json a wrong command line is a problem document") {
  const auto result = run_program({"resource", "get", "note", "--json"});
  CHECK(result.code == ExitCode::usage);
  CHECK(result.err == "{\"title\":\"Wrong command line\",\"code\":\"usage\",\"detail\":\"backplane resource get: ID is required\"}\n");
}

TEST_CASE("every command has help with an example") {
  std::vector<std::vector<std::string>> commands;
  collect(app::outline(), {}, commands);
  CHECK(commands.size() > 25);
  for (auto command : commands) {
    std::string typed = "backplane";
    for (const auto& word : command) typed += " " + word;
    command.emplace_back("--help");
    const auto result = run_program(command);
    INFO(typed);
    CHECK(result.code == ExitCode::done);
    CHECK(result.out.find("Examples:\n  ") != std::string::npos);
    CHECK(result.out.find(command.size() == 1 ? "backplane run" : typed) != std::string::npos);
  }
}

TEST_CASE("help tells every exit code") {
  const auto result = run_program({"--help"});
  for (const auto& [code, meaning] : app::exit_codes())
    CHECK(result.out.find("  " + std::to_string(static_cast<int>(code)) + " ") != std::string::npos);
}

TEST_CASE("every error code has an exit code, and none of them is success") {
  for (int number = 1; number <= static_cast<int>(base::Code::internal); ++number) {
    CHECK(app::exit_code_of(static_cast<base::Code>(number)) != ExitCode::done);
    CHECK(app::start_exit_code_of(static_cast<base::Code>(number)) != ExitCode::done);
  }
}

TEST_CASE("--version tells the version, and no arguments at all are a usage error with help") {
  const auto version = run_program({"--version"});
  CHECK(version.code == ExitCode::done);
  CHECK(version.out.starts_with("backplane "));
  const auto nothing = run_program({});
  CHECK(nothing.code == ExitCode::usage);
  CHECK(nothing.err.find("resource") != std::string::npos);
}
