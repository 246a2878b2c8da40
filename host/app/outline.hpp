// The commands and options of the command line as plain values: what shell completion is made from.
#pragma once

#include <string>
#include <vector>

namespace backplane::app {

enum class ValueKind { none, text, file, directory, choice };

struct OptionOutline {
  std::vector<std::string> names;  // with their dashes; empty: a positional argument
  std::string description;
  ValueKind value = ValueKind::none;
  std::vector<std::string> choices;  // of ValueKind::choice
};

struct CommandOutline {
  std::string name;
  std::string description;
  std::vector<OptionOutline> options;
  std::vector<CommandOutline> commands;
};

}  // namespace backplane::app
