// The operations that plugins ask the host for: declared here, where the border is, and filled in by the layer that
// conducts operations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/action.hpp"
#include "model/resource.hpp"

namespace backplane::plugin {

enum class PatchFormat : std::uint32_t { json_patch = 0, merge_patch = 1 };  // values of the ABI

// A bp_request, copied and checked for form.
struct PluginRequest {
  model::Action action = model::Action::get;
  std::string type;
  std::string id;
  std::string document;
  PatchFormat patch_format = PatchFormat::json_patch;
  std::optional<model::Status> status;  // nothing: as it is; of a create: stable
  std::optional<model::Version> expected;
  std::uint64_t revision = 0;
  std::string query;
  std::string idempotency_key;
};

class Instance;

// What an operation or a publication of a plugin's inherits from the operation or event that its handler was called for.
struct Cause {
  std::string tenant;
  std::string actor;            // who caused it; empty: no handler
  std::string key;              // of events: the resource's id, or the event's own key
  std::string correlation_id;
  std::string causation_id;
  std::uint32_t depth = 0;      // of the new operation
  bool dry_run = false;
  std::int64_t budget_us = 0;   // what the handler had left; 0: no handler
  std::vector<const Instance*> inside{};  // serial plugins whose turn the handler and its callers have
};

struct PluginReply {
  std::string type;
  std::string id;
  model::Version version;
  model::Status status = model::Status::stable;
  bool deleted = false;
  base::UtcTime created_at;
  base::UtcTime updated_at;
  std::string created_by;
  std::string updated_by;
  std::optional<model::Document> document;
};

class PluginOperations {
 public:
  virtual ~PluginOperations() = default;

  // Runs the operation as actor "plugin:<plugin_id>" and returns when it is done. The plugin's grants were checked.
  virtual base::Result<PluginReply> operate(const std::string& plugin_id, const Cause& cause, PluginRequest request) = 0;

  // Checks a write that is to join an operation's unit of work: type, id, document and schema.
  virtual base::Result<void> check_enlisted(const PluginRequest& request) = 0;
};

}  // namespace backplane::plugin
