// What a caller asks of the host and what it is answered: the one way in to every resource operation, used by
// HTTP, by plugins and by tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/action.hpp"
#include "model/resource.hpp"
#include "store/store.hpp"

namespace backplane::operation {

// Who asks. The actor "plugin:<id>" is kept for plugins.
struct Caller {
  std::string actor = "anonymous";
  std::string tenant{};  // whose data; empty: no tenant
};

enum class PatchFormat { json_patch, merge_patch };  // RFC 6902, RFC 7396
enum class Mode { commit, dry_run };
enum class Timing { none, per_handler };

struct Request {
  model::Action action = model::Action::get;
  Caller caller;
  std::string type;
  std::string id{};                 // create: empty for a UUIDv7; search: empty
  std::string body{};               // create, update, modify: the document; patch: the patch; as received
  PatchFormat patch_format = PatchFormat::json_patch;
  std::optional<model::Status> status{};      // create, update, modify, patch; default: stable (create), as it is (others)
  std::optional<model::Version> expected{};   // only if this version is current
  std::uint64_t revision = 0;       // get_revision, switch: which one; list_revisions: those after it
  std::string query{};              // search and list_revisions: "filter=...&sort=...&limit=...", see query.hpp
  store::Deleted deleted = store::Deleted::exclude;  // get, get_revision, list_revisions: include to see deleted ones
  std::string idempotency_key{};    // writes; empty: none
  Mode mode = Mode::commit;
  Timing timing = Timing::none;
  std::string correlation_id{};     // empty: a new one
  std::string causation_id{};       // the operation or event that set this one off
  std::uint32_t depth = 0;          // 0: from outside
};

// How long one handler took.
struct HandlerTime {
  std::string plugin;
  std::string handler;
  model::Phase phase;
  std::chrono::nanoseconds took;
};

// What one handler did to a dry-run operation.
struct HandlerEffect {
  std::string plugin;
  std::string handler;
  std::string changes;   // {"/title": {"old": ..., "new": ...}}, {} when it changed nothing
  std::uint32_t enlisted = 0;
};

struct Answer {
  // The resource (get, get_revision and every write), as model::to_text writes it; a page for search and list_revisions:
  // {"items": [...], "next": "..." or null, "total": n (on request)}; purge: {"type","id","purged":true}.
  // dry_run: {"dry_run": true, "resource": {"type","id","status","data"} (the last two where a document is written),
  // "writes": how many would be committed, "handlers": [{"plugin","handler","changes","enlisted"}]}.
  std::string body{};
  std::optional<model::Resource> resource{};  // the same as a value: reads of one, and every write but purge
  std::optional<model::Version> version{};    // of the resource
  std::string id{};                           // of the resource
  bool changed = true;                     // false: an update with equal content
  bool replayed = false;                   // the stored answer of an earlier request with this key
};

struct Outcome {
  std::string operation_id;
  base::Result<Answer> answer;
  std::vector<HandlerTime> times{};   // with Timing::per_handler, in the order of the calls
};

// The operations of the host. Any thread.
class Operations {
 public:
  using Done = std::function<void(Outcome)>;

  virtual ~Operations() = default;

  // Begins the operation and calls `done` once with its outcome, on this thread or another; `done` must not
  // block. Errors of the outcome: whatever base::Code tells.
  virtual void submit(Request request, Done done) = 0;
};

}  // namespace backplane::operation
