#include "app/exit_code.hpp"

#include <array>

namespace backplane::app {
namespace {

using base::Code;

constexpr std::array table{
    ExitCodeEntry{ExitCode::done, "done"},
    ExitCodeEntry{ExitCode::failed, "failed; the message tells why (run: stopped, but something was cut off)"},
    ExitCodeEntry{ExitCode::usage, "the command line, or what it asks for, makes no sense"},
    ExitCodeEntry{ExitCode::unreachable, "the host cannot be reached, is busy, or took too long: trying again may help"},
    ExitCodeEntry{ExitCode::not_found, "there is no such resource, type, revision or plugin"},
    ExitCodeEntry{ExitCode::conflict, "it exists already, or is not in the state that was expected"},
    ExitCodeEntry{ExitCode::refused, "a plugin or the schema refused the document"},
    ExitCodeEntry{ExitCode::denied, "the caller may not do this"},
    ExitCodeEntry{ExitCode::configuration, "the manifest or a plugin is wrong"},
    ExitCodeEntry{ExitCode::interrupted, "ended at once by a second SIGINT"},
    ExitCodeEntry{ExitCode::terminated, "ended at once by a second SIGTERM"},
};

}  // namespace

std::span<const ExitCodeEntry> exit_codes() { return table; }

std::string exit_codes_text() {
  std::string text;
  for (const auto& [code, meaning] : table) {
    const std::string number = std::to_string(static_cast<int>(code));
    text += "  " + number + std::string(5 - number.size(), ' ') + std::string(meaning) + "\n";
  }
  return text;
}

ExitCode exit_code_of(Code code) {
  switch (code) {
    case Code::rejected:
    case Code::invalid_document: return ExitCode::refused;
    case Code::invalid_argument: return ExitCode::usage;
    case Code::unauthenticated:
    case Code::denied: return ExitCode::denied;
    case Code::not_found: return ExitCode::not_found;
    case Code::already_exists:
    case Code::conflict:
    case Code::precondition_failed: return ExitCode::conflict;
    case Code::timeout:
    case Code::unavailable: return ExitCode::unreachable;
    case Code::too_large:
    case Code::depth_exceeded:
    case Code::cancelled:
    case Code::plugin_fault:
    case Code::storage:
    case Code::unsupported:
    case Code::internal: return ExitCode::failed;
  }
  return ExitCode::failed;
}

ExitCode start_exit_code_of(Code code) {
  switch (code) {
    case Code::timeout:
    case Code::unavailable:
    case Code::cancelled:
    case Code::storage:
    case Code::internal: return ExitCode::failed;
    case Code::rejected:
    case Code::invalid_argument:
    case Code::invalid_document:
    case Code::unauthenticated:
    case Code::denied:
    case Code::not_found:
    case Code::already_exists:
    case Code::conflict:
    case Code::precondition_failed:
    case Code::too_large:
    case Code::depth_exceeded:
    case Code::plugin_fault:
    case Code::unsupported: return ExitCode::configuration;
  }
  return ExitCode::configuration;
}

}  // namespace backplane::app
