// Keeps an audit trail: one line of JSON for every resource that was changed and for every attempt that failed.
#include <backplane/backplane.hpp>
#include <backplane/changes.hpp>
#include <backplane/timestamp.hpp>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

using namespace backplane::sdk;

namespace {

// A file that lines are appended to, each by one write(): lines of several threads and processes don't mix.
class LineFile {
 public:
  explicit LineFile(std::string path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {
    if (file_ < 0) fail("open for appending", errno);
  }
  ~LineFile() { ::close(file_); }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  void append(const std::string& line) {
    ssize_t written;
    do {
      written = ::write(file_, line.data(), line.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0) fail("append", errno);
    if (static_cast<std::size_t>(written) != line.size()) fail("append a whole line", ENOSPC);
  }

 private:
  [[noreturn]] void fail(const char* what, int error) const {
    throw Error(Status::plugin_fault, path_ + ": cannot " + what + ": " + std::strerror(error));
  }

  std::string path_;
  int file_;
};

std::string line_of(const Operation& op) {
  JsonObject line;
  line.add("time", timestamp(op.time_us()));
  line.add("operation_id", op.operation_id()).add("correlation_id", op.correlation_id());
  line.add("actor", op.actor()).add("tenant", op.tenant());
  line.add("action", name_of(op.action())).add("type", op.type()).add("id", op.id()).add("revision", op.revision());
  if (op.dry_run()) line.add("dry_run", true);
  if (const auto error = op.error()) {
    line.add("outcome", "failed").add("error", name_of(error->status()));
    if (!error->reason().empty()) line.add("reason", error->reason());
    if (!error->plugin().empty()) line.add("plugin", error->plugin());
    line.add("message", error->message());
  } else {
    line.add("outcome", "succeeded").add("changes", changes_between(op.previous(), op.result()));
  }
  return line.json().text() + "\n";
}

class AuditLog : public Plugin {
 public:
  explicit AuditLog(Host host)
      : Plugin(host), file_(std::string(host.config().string("/path").value_or("audit.ndjson"))) {
    handle(&AuditLog::record).on_success(Action::mutate).named("changes")
        .handle(&AuditLog::record).on_failure(Action::full).named("attempts");
  }

 private:
  void record(Operation& op) { file_.append(line_of(op)); }

  LineFile file_;
};

}  // namespace

BACKPLANE_PLUGIN(AuditLog, {
  "id": "audit-log",
  "version": "1.0.0",
  "description": "One line of JSON for every change and for every attempt that failed.",
  "hooks": [
    { "phases": ["on_success"], "actions": ["mutate"], "types": ["*"] },
    { "phases": ["on_failure"], "actions": ["full"], "types": ["*"] }
  ],
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
