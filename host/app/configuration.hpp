// The manifest as the commands read it: settings, or every problem told and exit code 78.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "manifest/settings.hpp"

namespace backplane::app {

// The settings of the manifest that was meant; nothing after its problems were told.
std::optional<manifest::Settings> read_configuration(const std::string& given, Context& context);

// Something wrong in what a person configured.
struct Fault {
  std::string where{};   // file:line:column, or a file; empty: not known
  std::string path{};    // in the manifest: "http.listen"; empty: the whole
  std::string plugin{};  // empty: none in particular
  std::string message{};
};

// Tells all of them: a line each, or with --json one document {"title","code":"configuration","problems":[...]}.
ExitCode report_faults(Context& context, const std::vector<Fault>& faults);

}  // namespace backplane::app
