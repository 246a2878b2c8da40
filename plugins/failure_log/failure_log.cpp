// Writes one line to the host's log for every operation that failed, whatever it was and whoever stopped it.
#include <backplane/backplane.hpp>

using namespace backplane::sdk;

namespace {

void log_failure(Operation& op) {
  const auto error = op.error();
  JsonObject line;
  line.add("operation", op.operation_id()).add("actor", op.actor());
  if (!op.tenant().empty()) line.add("tenant", op.tenant());
  line.add("action", name_of(op.action())).add("type", op.type());
  if (!op.id().empty()) line.add("id", op.id());
  if (error) {
    line.add("error", name_of(error->status())).add("message", error->message());
    if (!error->reason().empty()) line.add("reason", error->reason());
    if (!error->plugin().empty()) line.add("plugin", error->plugin());
  }
  op.host().warning("operation failed " + line.json().text());
}

class FailureLog : public Plugin {
 public:
  explicit FailureLog(Host host) : Plugin(host) {
    handle(&log_failure).on_failure(Action::full).named("failures");
  }
};

}  // namespace

BACKPLANE_PLUGIN(FailureLog, {
  "id": "failure-log",
  "version": "1.0.0",
  "description": "Writes every failed operation to the log of the host.",
  "hooks": [{ "phases": ["on_failure"], "actions": ["full"], "types": ["*"] }],
  "config_schema": { "type": "object", "additionalProperties": false }
});
