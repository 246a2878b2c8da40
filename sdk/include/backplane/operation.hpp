// One operation, as a handler sees it: its facts, its documents, and what a handler of phase before may do to it.
// Part of backplane.hpp. Lent: valid until the handler returns, on the thread that runs it.
#pragma once

#include <backplane/host.hpp>
#include <backplane/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backplane::sdk {

class Operation {
 public:
  Operation(const bp_host& table, bp_self* self, const bp_operation& operation)
      : host_(table, self, &operation), operation_(&operation) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // ---- facts

  Phase phase() const { return static_cast<Phase>(field(&bp_operation::phase)); }
  // Exactly one action. `op.is(Action::write)` asks whether it is one of a group.
  Action action() const { return static_cast<Action>(field(&bp_operation::action)); }
  bool is(Action group) const { return sdk::is(action(), group); }
  Outcome outcome() const { return static_cast<Outcome>(field(&bp_operation::outcome)); }
  std::string_view type() const { return detail::view(field(&bp_operation::type)); }
  std::string_view id() const { return detail::view(field(&bp_operation::id)); }  // empty for search and dump
  // Before the operation stage the current revision, after it the one that resulted; 0: none. `edit` counts how
  // often a draft was modified in place.
  std::uint64_t revision() const { return field(&bp_operation::revision); }
  std::uint64_t edit() const { return field(&bp_operation::edit); }
  RevisionStatus status() const { return static_cast<RevisionStatus>(field(&bp_operation::status)); }
  // Who asked: a caller's name or "plugin:<id>"; whose data, or empty.
  std::string_view actor() const { return detail::view(field(&bp_operation::actor)); }
  std::string_view tenant() const { return detail::view(field(&bp_operation::tenant)); }
  // When it was accepted.
  std::chrono::system_clock::time_point time() const {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::microseconds(time_us())));
  }
  std::int64_t time_us() const { return field(&bp_operation::time_us); }  // microseconds since 1970-01-01 UTC
  std::string_view operation_id() const { return detail::view(field(&bp_operation::operation_id)); }
  // Shared by everything that one request from outside set off; the operation or event that set this one off.
  std::string_view correlation_id() const { return detail::view(field(&bp_operation::correlation_id)); }
  std::string_view causation_id() const { return detail::view(field(&bp_operation::causation_id)); }
  // 0: asked for by a caller; n: by a plugin's handler, n levels down.
  std::uint32_t depth() const { return field(&bp_operation::depth); }
  // Nothing will be committed: do nothing outside that cannot be undone.
  bool dry_run() const { return field(&bp_operation::dry_run) != 0; }
  // What stopped it (outcome failed), copied.
  std::optional<Error> error() const {
    const bp_error* error = field(&bp_operation::error);
    return error ? std::optional(detail::error_of(error->status, *error, name_of(action()))) : std::nullopt;
  }
  // What this handler may take in all, and what is left of it now.
  std::chrono::microseconds budget() const { return std::chrono::microseconds(field(&bp_operation::budget_us)); }
  std::chrono::microseconds remaining() const {
    return std::chrono::microseconds(host_.table().op_remaining_us(operation_));
  }

  // ---- documents; `if (op.input())` asks whether there is one

  // What is to be written, as the handlers before left it; the caller's patch (Action::patch); the document found; the
  // document that resulted (outcome succeeded).
  Document input() const { return document(&bp_operation::input); }
  Document patch_document() const { return document(&bp_operation::patch); }
  Document previous() const { return document(&bp_operation::previous); }
  Document result() const { return document(&bp_operation::result); }

  // ---- deciding, in phase before only: Error unsupported elsewhere

  // Refuses the operation, whatever this handler does or throws from here on: `return op.reject(...)`. Throwing
  // Rejection does the same from deeper down. A malformed reason or malformed details are left out; the rejection
  // stands.
  void reject(std::string_view reason, std::string_view message, std::string_view details = {});
  void reject(const Rejection& rejection) { reject(rejection.reason(), rejection.message(), rejection.details()); }
  bool rejected() const { return rejected_; }

  // Change the document to be written; input() is the new one from here on. The host checks it again. Error
  // invalid_argument: no JSON, no patch, or one that does not apply; unsupported: the action writes no document;
  // cancelled: the operation went on without this handler. The try_ forms return the Error instead.
  void replace(std::string_view json) { done(try_replace(json)); }
  void patch(std::string_view json_patch) { done(try_patch(json_patch)); }    // RFC 6902
  void merge(std::string_view merge_patch) { done(try_merge(merge_patch)); }  // RFC 7396
  std::optional<Error> try_replace(std::string_view json);
  std::optional<Error> try_patch(std::string_view json_patch) { return apply(PatchFormat::json_patch, json_patch); }
  std::optional<Error> try_merge(std::string_view merge_patch) { return apply(PatchFormat::merge_patch, merge_patch); }

  // Sets one member or element, there or not: `op.set("/title", "Tea")`, `op.set("/pages", 12)`. An index past the
  // end, "-" or a parent that is missing do not apply the way a path of members does: see RFC 6902, "add".
  void set(std::string_view pointer, const Json& value) {
    patch(patch_of(input().find(pointer) ? "replace" : "add", pointer, &value));
  }
  void set(const Pointer& pointer, const Json& value) { set(pointer.text(), value); }
  // Takes one member or element away; nothing happens when it is not there.
  void unset(std::string_view pointer) {
    if (input().find(pointer)) patch(patch_of("remove", pointer, nullptr));
  }

  // Sets the status of the revision to be written.
  void set_status(RevisionStatus status);

  // Adds a write to this operation's unit of work: committed with it or not at all, firing no hooks of its own. One
  // of create, update, modify, remove, restore, with neither query nor idempotency key; refused at once with an Error
  // when it cannot be right. A create names its id, because no reply comes back that could tell one: derive it from
  // what is known here. op.id() is known before a create too; op.operation_id() is never the same twice.
  //
  //   op.enlist(Request::create("history", json, std::string(op.id()) + "-created"));
  //
  // (The request refers to its texts, which live until the end of that statement.)
  void enlist(const Request& request);

  // Adds an event to this operation's unit of work: it is in the event log if the operation commits, and nowhere if it
  // does not; its subscribers are called after the commit. As Host::publish, and in the phase and actions that take
  // writes; an option of promise is Error invalid_argument.
  template <class E, detail::ForEvent<E> = 0>
  void enlist(const E& event, const PublishOptions& options = {}) {
    enlist(E::event_type(), json_of(event), options);
  }
  void enlist(std::string_view event_type, std::string_view json, const PublishOptions& options = {});

  // ---- the host, with this operation as the cause of what is asked for: tenant, correlation, depth and budget are
  // inherited. A copy kept beyond the handler must not run operations: keep the plugin's own host() for that (inside a
  // handler that one inherits the same). In a dry run only reads are allowed: Error unsupported.
  const Host& host() const { return host_; }

  const bp_operation& c() const { return *operation_; }

 private:
  template <class T>
  T field(T bp_operation::*member) const {
    return detail::field(*operation_, member);
  }
  Document document(const bp_document* bp_operation::*member) const { return Document(host_.table(), field(member)); }

  std::optional<Error> apply(PatchFormat format, std::string_view patch);
  static std::string patch_of(std::string_view verb, std::string_view pointer, const Json* value);
  static void done(const std::optional<Error>& error) {
    if (error) throw *error;
  }

  Host host_;
  const bp_operation* operation_;
  bool rejected_ = false;
};

inline void Operation::reject(std::string_view reason, std::string_view message, std::string_view details) {
  const auto& table = host_.table();
  const std::int32_t status =
      table.op_reject(operation_, detail::to_c(reason), detail::to_c(message), detail::to_c(details));
  if (status != BP_OK) {
    const std::string_view why =
        phase() == Phase::before ? name_of(static_cast<Status>(status)) : "only before can refuse";
    throw Error(static_cast<Status>(status), "rejection " + quote(reason) + " (" + std::string(message) +
                                                 ") in phase " + std::string(name_of(phase())) + ": " +
                                                 std::string(why));
  }
  rejected_ = true;
}

inline std::optional<Error> Operation::try_replace(std::string_view json) {
  bp_error error = detail::empty_error();
  const std::int32_t status = host_.table().op_replace(operation_, detail::to_c(json), &error);
  return status == BP_OK ? std::nullopt : std::optional(detail::error_of(status, error, "op_replace"));
}

inline std::optional<Error> Operation::apply(PatchFormat format, std::string_view patch) {
  bp_error error = detail::empty_error();
  const std::int32_t status =
      host_.table().op_patch(operation_, static_cast<std::uint32_t>(format), detail::to_c(patch), &error);
  return status == BP_OK ? std::nullopt : std::optional(detail::error_of(status, error, "op_patch"));
}

inline std::string Operation::patch_of(std::string_view verb, std::string_view pointer, const Json* value) {
  JsonObject step;
  step.add("op", verb).add("path", pointer);
  if (value) step.add("value", *value);
  return "[" + step.json().text() + "]";
}

inline void Operation::set_status(RevisionStatus status) {
  bp_error error = detail::empty_error();
  detail::require(host_.table().op_set_status(operation_, static_cast<std::uint32_t>(status), &error), error,
                  "op_set_status");
}

inline void Operation::enlist(const Request& request) {
  bp_error error = detail::empty_error();
  detail::require(host_.table().op_enlist(operation_, &request.c(), &error), error, "op_enlist");
}

inline void Operation::enlist(std::string_view event_type, std::string_view json, const PublishOptions& options) {
  const std::string what = "enlist " + quote(event_type);
  const bp_events events = detail::events_of(host_.table(), host_.self(), what);
  const bp_publication publication = options.c(event_type, json);
  bp_error error = detail::empty_error();
  detail::require(events.enlist(operation_, &publication, &error), error, what);
}

}  // namespace backplane::sdk
