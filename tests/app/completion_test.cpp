#include "app/completion.hpp"

#include <cstdio>
#include <set>
#include <sstream>

#include "app/command_line.hpp"
#include "app/place.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;

namespace {

// What bash offers for the last word of a line.
std::set<std::string> offered(const std::vector<std::string>& words) {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string script = folder->path() / "completion.bash";
  write_text(script, app::completion_script(app::Shell::bash, app::outline()));
  std::string line;
  for (const auto& word : words) line += " '" + word + "'";
  const std::string command = "bash --norc -c 'set -u; source \"$0\"; shopt -s extglob; COMP_WORDS=(\"$@\"); "
                              "COMP_CWORD=$(($#-1)); _backplane; printf \"%s\\n\" \"${COMPREPLY[@]-}\"' '" + script + "' backplane" + line;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  CHECK(::pclose(pipe) == 0);
  std::set<std::string> found;
  std::istringstream lines(out);
  for (std::string word; std::getline(lines, word);)
    if (!word.empty()) found.insert(word);
  return found;
}

using Words = std::set<std::string>;

}  // namespace

TEST_CASE("bash completes commands, also below others") {
  CHECK(offered({""}) == Words{"run", "check", "reload", "plan", "manifest", "plugin", "completion", "resource", "dump", "load", "event"});
  CHECK(offered({"res"}) == Words{"resource"});
  CHECK(offered({"resource", "re"}) == Words{"restore", "revisions"});
  CHECK(offered({"completion", ""}) == Words{"bash", "zsh", "fish"});
}

TEST_CASE("bash completes the options of the command that was typed") {
  CHECK(offered({"resource", "create", "note", "--st"}) == Words{"--status"});
  CHECK(offered({"resource", "get", "note", "--st"}).empty());
  CHECK(offered({"plugin", "list", "--j"}) == Words{"--json"});
  CHECK(offered({"--v"}) == Words{"--version"});
}

TEST_CASE("bash completes the values of an option") {
  CHECK(offered({"load", "--on-conflict", ""}) == Words{"fail", "skip", "overwrite"});
  CHECK(offered({"resource", "create", "note", "--status", "d"}) == Words{"draft"});
  CHECK(offered({"resource", "get", "--actor", ""}).empty());
}

TEST_CASE("bash completes files where a file is wanted") {
  CHECK(offered({"load", "/etc/host"}).count("/etc/hosts") == 1);
  CHECK(offered({"run", "--data-dir", "/et"}) == Words{"/etc"});
}

TEST_CASE("zsh runs bash's function, fish has a line for each command and option") {
  const std::string zsh = app::completion_script(app::Shell::zsh, app::outline());
  CHECK(zsh.starts_with("#compdef backplane\n"));
  CHECK(zsh.find("bashcompinit") != std::string::npos);
  const std::string fish = run_program({"completion", "fish"}).out;
  CHECK(fish.find("complete -c backplane -n '__backplane_at \\'/resource\\'' -a create -d 'Make a new resource'\n") != std::string::npos);
  CHECK(fish.find("__backplane_at \\'/resource/create\\'' -l status -x -a 'stable draft'") != std::string::npos);
  CHECK(fish.find("__backplane_at \\'/load\\'' -F\n") != std::string::npos);
}
