#include "app/command_line.hpp"

#include <algorithm>
#include <cstdlib>

#include "app/definition.hpp"
#include "app/version.hpp"
#include "base/json.hpp"
#include "manifest/suggest.hpp"

namespace backplane::app {
namespace {

constexpr const char* about_the_program =
    "Backplane, a plugin host: loads shared-library plugins, mediates every operation on versioned JSON resources.";

void define(CLI::App& root, Invocation& into) {
  root.name("backplane");
  root.description(about_the_program);
  root.set_version_flag("--version", "backplane " + std::string(version));
  root.require_subcommand(1);
  root.get_formatter()->column_width(34);
  root.footer("Exit codes:\n" + exit_codes_text() +
              "\nExamples:\n"
              "  backplane run config/backplane.yaml\n"
              "  backplane resource create note '{\"title\": \"First\"}'\n"
              "  backplane plugin explain create note\n"
              "\n`backplane COMMAND --help` tells more about a command.");
  define_host_commands(root, into);
  define_data_commands(root, into);
  define_event_commands(root, into);
}

// The environment says what the options of the connection are when they are not given.
Connection connection_of_environment() {
  Connection connection;
  const auto take = [](std::string& value, const char* name) {
    const char* found = std::getenv(name);
    if (found != nullptr && *found != '\0') value = found;
  };
  take(connection.url, "BACKPLANE_URL");
  take(connection.actor, "BACKPLANE_ACTOR");
  take(connection.tenant, "BACKPLANE_TENANT");
  return connection;
}

// The command that the arguments name: "backplane resource create".
std::string path_of(const CLI::App& root) {
  std::string path = root.get_name();
  const CLI::App* command = &root;
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    path += " " + command->get_name();
  }
  return path;
}

// The first word that stands where a command is wanted and is none; empty: there is no such word.
std::string unknown_command(const CLI::App& root, const std::vector<std::string>& arguments) {
  const CLI::App* command = &root;
  for (const std::string& argument : arguments) {
    const auto children = command->get_subcommands([](const CLI::App*) { return true; });
    if (children.empty()) return {};
    if (argument.starts_with('-')) continue;
    const auto child = std::find_if(children.begin(), children.end(), [&](const CLI::App* one) { return one->get_name() == argument; });
    if (child == children.end()) {
      std::vector<std::string> names;
      names.reserve(children.size());
      for (const CLI::App* one : children) names.push_back(one->get_name());
      return "unknown command \"" + argument + "\"" + manifest::hint(argument, names);
    }
    command = *child;
  }
  return {};
}

Parsed usage_error(const CLI::App& root, const std::string& message, const std::vector<std::string>& arguments) {
  const std::string path = path_of(root);
  Parsed parsed;
  parsed.exit_code = ExitCode::usage;
  if (std::find(arguments.begin(), arguments.end(), "--json") != arguments.end()) {
    parsed.text = R"({"title":"Wrong command line","code":"usage","detail":)" + base::quote_json(path + ": " + message) + "}\n";
  } else {
    parsed.text = path + ": " + message + "\n`" + path + " --help` tells what can be given.\n";
  }
  return parsed;
}

// "TEXT:{draft,stable}": the choices within the braces.
std::vector<std::string> choices_in(const std::string& type_name) {
  std::vector<std::string> choices;
  const auto open = type_name.find('{');
  const auto close = type_name.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return choices;
  std::string choice;
  for (std::size_t i = open + 1; i <= close; ++i) {
    if (type_name[i] != ',' && i != close) {
      choice += type_name[i];
    } else {
      choices.push_back(std::move(choice));
      choice.clear();
    }
  }
  return choices;
}

OptionOutline outline_of(const CLI::Option& option) {
  OptionOutline outline;
  for (const auto& name : option.get_snames()) outline.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) outline.names.push_back("--" + name);
  outline.description = option.get_description();
  const std::string type = option.get_type_name();
  outline.choices = choices_in(type);
  if (!outline.choices.empty()) {
    outline.value = ValueKind::choice;
  } else if (option.get_expected_max() == 0) {
    outline.value = ValueKind::none;
  } else if (type == "FILE") {
    outline.value = ValueKind::file;
  } else if (type == "DIR") {
    outline.value = ValueKind::directory;
  } else {
    outline.value = ValueKind::text;
  }
  return outline;
}

CommandOutline outline_of(const CLI::App& command) {
  CommandOutline outline;
  outline.name = command.get_name();
  outline.description = command.get_description();
  for (const CLI::Option* option : command.get_options()) outline.options.push_back(outline_of(*option));
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; }))
    outline.commands.push_back(outline_of(*child));
  return outline;
}

}  // namespace

Parsed parse(std::vector<std::string> arguments) {
  CLI::App root;
  Invocation invocation;
  invocation.connection = connection_of_environment();
  define(root, invocation);
  Parsed parsed;
  if (arguments.empty()) return {{}, root.help(), ExitCode::usage};
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    root.parse(std::move(reversed));
    parsed.invocation = std::move(invocation);
  } catch (const CLI::CallForHelp&) {
    parsed.text = root.help();
  } catch (const CLI::CallForVersion& found) {
    parsed.text = std::string(found.what()) + "\n";
  } catch (const CLI::Error& error) {
    const std::string unknown = unknown_command(root, arguments);
    parsed = usage_error(root, unknown.empty() ? error.what() : unknown, arguments);
  }
  return parsed;
}

CommandOutline outline() {
  CLI::App root;
  Invocation invocation;
  define(root, invocation);
  return outline_of(root);
}

}  // namespace backplane::app
