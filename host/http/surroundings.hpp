// What the HTTP server serves beside operations, filled in by the application: views of the host, as JSON or text.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace backplane::http {

enum class Reloading { done, planned };

struct Surroundings {
  std::function<bool()> ready;            // the host takes operations
  std::function<std::string()> plugins;   // GET /v1/plugins: a JSON array
  // GET /v1/hooks?action=&type=: the chain as a JSON object; invalid_argument, not_found.
  std::function<base::Result<std::string>(std::string action, std::string type)> hooks;
  // POST /v1/reload, and of one plugin where its id is not empty: the report as a JSON object; an error's details are the report.
  std::function<base::Result<std::string>(std::string plugin, Reloading reloading)> reload;
  // GET /v1/recorded: the last operations of callers, so many at most, as a JSON array; conflict: none are recorded.
  std::function<base::Result<std::string>(std::size_t limit)> recorded;
  std::function<std::string()> types;     // GET /v1/types: the resource types as a JSON array
  std::function<std::string()> metrics;   // GET /metrics: Prometheus text, without the server's own figures
};

}  // namespace backplane::http
