// Actions, phases and the other plain words of an operation, as C++ types over the bits of backplane.h.
// Part of backplane.hpp. Values only: any thread.
#pragma once

#include <backplane/backplane.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace backplane::sdk {

// What an operation does. Values combine with |: `Action::update | Action::patch`. The groups are such
// combinations: `read` get, get_revision, list_revisions, search; `write` create, update, modify, patch;
// `lifecycle` remove, purge, restore, switch_to; `backup` dump, load; `mutate` everything that changes a
// resource (write, lifecycle, load); `full` every action this header knows.
enum class Action : std::uint64_t {
  create = BP_CREATE,
  get = BP_GET,
  get_revision = BP_GET_REVISION,
  list_revisions = BP_LIST_REVISIONS,
  search = BP_SEARCH,
  update = BP_UPDATE,
  modify = BP_MODIFY,
  patch = BP_PATCH,
  remove = BP_DELETE,  // "delete" everywhere else: a keyword here
  restore = BP_RESTORE,
  purge = BP_PURGE,
  switch_to = BP_SWITCH,  // "switch" everywhere else: a keyword here
  dump = BP_DUMP,
  load = BP_LOAD,

  read = BP_READ,
  write = BP_WRITE,
  lifecycle = BP_LIFECYCLE,
  backup = BP_BACKUP,
  mutate = BP_MUTATE,
  full = BP_FULL,
};

constexpr std::uint64_t bits(Action actions) { return static_cast<std::uint64_t>(actions); }
constexpr Action operator|(Action a, Action b) { return static_cast<Action>(bits(a) | bits(b)); }
constexpr Action operator&(Action a, Action b) { return static_cast<Action>(bits(a) & bits(b)); }

// True when every action of `actions` is one of `group`: `is(op.action(), Action::write)`.
constexpr bool is(Action actions, Action group) { return actions != Action{} && (actions & group) == actions; }

// The word that manifests, metadata and the HTTP API use for a single action: "create", "delete", "switch" ...
// "unknown" for a combination, and for an action newer than this header.
constexpr std::string_view name_of(Action action) {
  constexpr std::string_view names[] = {"create", "get",   "get_revision", "list_revisions", "search", "update",
                                        "modify", "patch", "delete",       "restore",        "purge",  "switch",
                                        "dump",   "load"};
  for (std::uint64_t bit = 0; bit < sizeof(names) / sizeof(names[0]); ++bit) {
    if (bits(action) == UINT64_C(1) << bit) return names[bit];
  }
  return "unknown";
}

// When a handler runs. `before` decides: it may reject the operation, change its document, add writes to
// it. The others observe: `on_success` after the commit, `on_failure` when anything stopped the operation (a denial
// or a rejection included), `after` whenever the operation stage was reached, with the outcome in hand.
enum class Phase : std::uint32_t {
  before = BP_BEFORE,
  after = BP_AFTER,
  on_success = BP_ON_SUCCESS,
  on_failure = BP_ON_FAILURE,
};

constexpr std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::before: return "before";
    case Phase::after: return "after";
    case Phase::on_success: return "on_success";
    case Phase::on_failure: return "on_failure";
  }
  return "unknown";
}

// The state of a revision. Only a draft can be edited in place (Action::modify).
enum class RevisionStatus : std::uint32_t { stable = BP_REVISION_STABLE, draft = BP_REVISION_DRAFT };

// What has come of an operation so far; `pending` before the operation stage.
enum class Outcome : std::uint32_t { pending = BP_PENDING, succeeded = BP_SUCCEEDED, failed = BP_FAILED };

// The urgency of a line in the host's log.
enum class LogLevel : std::uint32_t {
  trace = BP_LOG_TRACE,
  debug = BP_LOG_DEBUG,
  info = BP_LOG_INFO,
  warning = BP_LOG_WARNING,
  error = BP_LOG_ERROR,
};

}  // namespace backplane::sdk
