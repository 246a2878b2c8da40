// A script walks the words that were typed, keeps those that name a command ("/resource/create") and offers what that
// command has. zsh runs the script of bash through its own bashcompinit.
#include "app/completion.hpp"

#include <functional>

namespace backplane::app {
namespace {

using Visit = std::function<void(const std::string& path, const CommandOutline& command)>;

void walk(const CommandOutline& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const auto& child : command.commands) walk(child, path + "/" + child.name, visit);
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

bool is_positional(const OptionOutline& option) { return option.names.empty(); }

std::vector<std::string> option_names(const CommandOutline& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> command_names(const CommandOutline& command) {
  std::vector<std::string> names;
  names.reserve(command.commands.size());
  for (const auto& child : command.commands) names.push_back(child.name);
  return names;
}

const OptionOutline* file_argument(const CommandOutline& command) {
  for (const auto& option : command.options)
    if (is_positional(option) && option.value != ValueKind::text) return &option;
  return nullptr;
}

std::string bash_values(const OptionOutline& option) {
  switch (option.value) {
    case ValueKind::none: return {};
    case ValueKind::text: return "COMPREPLY=()";
    case ValueKind::file: return "COMPREPLY=($(compgen -f -- \"$cur\"))";
    case ValueKind::directory: return "COMPREPLY=($(compgen -d -- \"$cur\"))";
    case ValueKind::choice: return "COMPREPLY=($(compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\"))";
  }
  return {};
}

std::string bash_function(const CommandOutline& root) {
  std::vector<std::string> paths;
  std::string values;
  std::string words;
  walk(root, "", [&](const std::string& path, const CommandOutline& command) {
    if (!path.empty()) paths.push_back(path);
    for (const auto& option : command.options) {
      if (is_positional(option) || option.value == ValueKind::none) continue;
      const std::string patterns = path + " " + joined(option.names, "' | '" + path + " ");
      values += "    '" + patterns + "') " + bash_values(option) + "; return ;;\n";
    }
    words += "    '" + path + "') commands='" + joined(command_names(command), " ") + "'; options='" +
             joined(option_names(command), " ") + "'";
    if (file_argument(command) != nullptr) words += "; files=1";
    words += " ;;\n";
  });
  return "_backplane() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= commands= options= files= i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path/${COMP_WORDS[i]}\" in\n"
         "      " + joined(paths, " | ") + ") path=$path/${COMP_WORDS[i]} ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path $prev\" in\n" + values +
         "  esac\n"
         "  case $path in\n" + words +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
         "  elif [[ -n $commands ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
         "  elif [[ -n $files ]]; then\n"
         "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "  fi\n"
         "}\n";
}

std::string fish_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string fish_values(const OptionOutline& option) {
  switch (option.value) {
    case ValueKind::none: return {};
    case ValueKind::text: return " -x";
    case ValueKind::file: return " -r -F";
    case ValueKind::directory: return " -x -a '(__fish_complete_directories)'";
    case ValueKind::choice: return " -x -a " + fish_quoted(joined(option.choices, " "));
  }
  return {};
}

std::string fish_option(const OptionOutline& option) {
  std::string text;
  for (const auto& name : option.names) text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return text + fish_values(option) + " -d " + fish_quoted(option.description);
}

std::string fish_script(const CommandOutline& root) {
  std::vector<std::string> paths;
  std::string lines;
  walk(root, "", [&](const std::string& path, const CommandOutline& command) {
    if (!path.empty()) paths.push_back(path);
    const std::string begin = "complete -c backplane -n " + fish_quoted("__backplane_at '" + path + "'");
    for (const auto& child : command.commands)
      lines += begin + " -a " + child.name + " -d " + fish_quoted(child.description) + "\n";
    for (const auto& option : command.options)
      if (!is_positional(option)) lines += begin + fish_option(option) + "\n";
    if (file_argument(command) != nullptr) lines += begin + " -F\n";
  });
  return "function __backplane_at\n"
         "  set -l path ''\n"
         "  for word in (commandline -opc)[2..]\n"
         "    if contains -- $path/$word " + joined(paths, " ") + "\n"
         "      set path $path/$word\n"
         "    end\n"
         "  end\n"
         "  test \"$path\" = \"$argv[1]\"\n"
         "end\n"
         "complete -c backplane -f\n" + lines;
}

}  // namespace

std::string completion_script(Shell shell, const CommandOutline& root) {
  switch (shell) {
    case Shell::bash: return bash_function(root) + "complete -F _backplane backplane\n";
    case Shell::zsh:
      return "#compdef backplane\n"
             "autoload -U +X bashcompinit && bashcompinit\n" +
             bash_function(root) + "complete -F _backplane backplane\n";
    case Shell::fish: return fish_script(root);
  }
  return {};
}

}  // namespace backplane::app
