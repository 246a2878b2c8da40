// Keeps an audit trail of events: one line of JSON for each, whoever published it.
#include <backplane/backplane.hpp>
#include <backplane/timestamp.hpp>

#include <fstream>

using namespace backplane::sdk;

namespace {

std::string line_of(const Event& event) {
  JsonObject line;
  line.add("time", timestamp(event.time_us())).add("event_id", event.id()).add("event_type", event.type());
  line.add("position", event.position()).add("source", event.source()).add("actor", event.actor());
  line.add("tenant", event.tenant()).add("key", event.key());
  line.add("correlation_id", event.correlation_id()).add("causation_id", event.causation_id());
  return line.add("payload", Json::raw(event.payload().json())).json().text() + "\n";
}

class EventAudit : public Plugin {
 public:
  explicit EventAudit(Host host)
      : Plugin(host),
        path_(host.config().string("/path").value_or("events.ndjson")),
        file_(path_, std::ios::app | std::ios::binary) {
    if (!file_) throw Error(Status::plugin_fault, path_ + ": cannot open for appending");
    on_event("*", [this](Event& event) { append(line_of(event)); }).background().named("trail");
  }

 private:
  // One event at a time, because the metadata says serial. A line that failed does not stop the next.
  void append(const std::string& line) {
    file_.clear();
    if (!(file_ << line << std::flush)) throw Error(Status::plugin_fault, path_ + ": cannot append");
  }

  const std::string path_;
  std::ofstream file_;
};

}  // namespace

BACKPLANE_PLUGIN(EventAudit, {
  "id": "event-audit",
  "version": "1.0.0",
  "description": "One line of JSON for every event.",
  "events": { "subscribe": ["*"] },
  "threading": "serial",
  "config_schema": {
    "type": "object",
    "properties": {
      "path": {
        "type": "string", "minLength": 1,
        "description": "The file that lines are appended to; made when missing."
      }
    },
    "additionalProperties": false
  }
});
