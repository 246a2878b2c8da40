// The definitions of the commands for CLI11, in two parts. Used by command_line.cpp alone.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/options.hpp"

namespace backplane::app {

// A command of `parent` with its examples, each a line.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples);

void add_json_option(CLI::App& command, Invocation& into);
void add_connection_options(CLI::App& command, Invocation& into);

// run, check, manifest, plugin, completion.
void define_host_commands(CLI::App& root, Invocation& into);

// event.
void define_event_commands(CLI::App& root, Invocation& into);

// resource, dump, load.
void define_data_commands(CLI::App& root, Invocation& into);

}  // namespace backplane::app
