// Asking the running host for something that is looked into.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "base/json.hpp"

namespace backplane::app {

struct Asked {
  std::optional<base::Json> answer{};  // nothing: what went wrong was reported
  ExitCode code = ExitCode::done;
};

// Sends the request, with who asks, and returns its JSON answer.
Asked ask(Context& context, http::Client::Request request);

}  // namespace backplane::app
