// What stands behind a bp_operation: the facts and documents that handlers see, and what they do to them. One for each
// operation, shared by its handlers one after another.
//
// A handler that overstays its deadline keeps the context it was given; the operation goes on with a copy (see abandon), so that
// nothing a late handler does can reach it. Therefore what handlers write lies under a mutex, with a flag that says whether they may.
#pragma once

#include <backplane/backplane.h>

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/action.hpp"
#include "model/resource.hpp"
#include "plugin/operations.hpp"

namespace backplane::plugin {

class Instance;

// The facts of an operation that hold from its beginning to its end.
struct OperationFacts {
  model::Action action = model::Action::get;
  std::string operation_id;
  std::string correlation_id;
  std::string causation_id;
  std::string actor;
  std::string tenant;
  std::string type;
  std::string id;
  base::UtcTime time;
  std::uint32_t depth = 0;
  bool dry_run = false;
};

// What a handler may change.
struct Draft {
  std::shared_ptr<const model::Document> input;  // at an address that stays while a handler may look at it
  model::Status status = model::Status::stable;
  std::vector<PluginRequest> enlisted;
};

class OperationContext : public bp_operation {
 public:
  OperationContext(OperationFacts facts, base::JsonLimits limits);
  OperationContext(const OperationContext&) = delete;
  OperationContext& operator=(const OperationContext&) = delete;

  // The context that a handler was given, from the pointer that it hands back.
  static OperationContext& from(const bp_operation* operation) {
    return *static_cast<OperationContext*>(const_cast<bp_operation*>(operation));
  }

  // ---- the conductor's side; no handler is running ----

  const OperationFacts& facts() const { return facts_; }
  const Draft& draft() const { return draft_; }
  const base::JsonLimits& limits() const { return limits_; }

  void set_id(std::string id);
  void set_input(model::Document document, model::Status status);
  void set_patch(model::Document document);
  void set_previous(const model::Resource& resource);
  void set_result(std::optional<model::Document> document, model::Version version, model::Status status);
  void set_failure(const base::Error& error);

  // Before the handlers of a phase, and before each call of one: `allowed` is what it may take, from `began`.
  void begin_phase(model::Phase next) { phase = static_cast<std::uint32_t>(next); }
  void begin_handler(std::chrono::microseconds allowed, std::chrono::steady_clock::time_point began) {
    budget_us = allowed.count();
    handler_began_ = began;
    if (touched_) [[unlikely]]
      forget_handler();
  }
  std::chrono::microseconds budget() const { return std::chrono::microseconds(budget_us); }
  // Whether the handler that has just run left anything here: a change, a rejection, the text of an error.
  bool was_touched() const { return touched_; }
  // After a handler that broke: what it did to the draft is undone.
  void undo_handler();
  // The serial plugins whose turn the running handler and its callers have: its own operations need not wait for it.
  void set_inside(std::vector<const Instance*> inside) { inside_ = std::move(inside); }
  const std::vector<const Instance*>& inside() const { return inside_; }

  // Kept alive as long as the context: the plugins that may be looking at it.
  void pin(std::shared_ptr<const void> pinned) { pinned_ = std::move(pinned); }

  // What the handler said by op_reject, if it did.
  std::optional<base::Error> take_rejection();
  bool is_rejected() const { return rejection_.has_value(); }

  // The operation goes on without the handler that is running now: from here on its calls are refused. Returns the context to
  // go on with, in the state before that handler. Any thread.
  std::unique_ptr<OperationContext> abandon();

  // ---- the handler's side; bp_status and text as the ABI says ----

  base::Result<void> reject(base::Error rejection);
  base::Result<void> replace(std::string_view document);
  base::Result<void> patch_input(PatchFormat format, std::string_view patch);
  base::Result<void> set_draft_status(model::Status status);
  base::Result<void> enlist(PluginRequest request);
  std::chrono::microseconds remaining() const;
  // Keeps an error's text until the handler returns. On the handler's thread.
  const base::Error& lend(base::Error why) {
    touched_ = true;
    return lent_errors_.emplace_back(std::move(why));
  }

 private:
  base::Result<void> may_write(const char* function) const;
  base::Result<void> put_input(const char* function, base::Result<model::Document> made);
  void before_change();
  void forget_handler();
  void show();

  OperationFacts facts_;
  base::JsonLimits limits_;
  std::mutex mutex_;
  bool abandoned_ = false;
  Draft draft_;
  std::optional<Draft> at_start_of_handler_;  // once the handler has changed something
  bool touched_ = false;                      // the handler's thread's own
  std::vector<std::shared_ptr<const model::Document>> lent_;  // replaced inputs: valid until the handler returns
  std::deque<base::Error> lent_errors_;
  std::vector<const Instance*> inside_;
  std::shared_ptr<const void> pinned_;
  std::optional<model::Document> patch_;
  std::optional<model::Document> previous_;
  std::optional<model::Document> result_;
  std::optional<base::Error> failure_;
  bp_error failure_view_{};
  std::optional<base::Error> rejection_;
  std::chrono::steady_clock::time_point handler_began_;
};

}  // namespace backplane::plugin
