// What stands behind a bp_operation: the facts and documents that handlers see, and what they do to them. One for each
// operation, shared by its handlers one after another.
#pragma once

#include <backplane/backplane.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/action.hpp"
#include "model/event.hpp"
#include "model/resource.hpp"
#include "plugin/handler_context.hpp"

namespace backplane::plugin {

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
  std::vector<model::Event> events;              // enlisted ones
};

class OperationContext final : public bp_operation, public HandlerContext {
 public:
  OperationContext(OperationFacts facts, base::JsonLimits limits);

  // What handlers are given.
  const bp_operation* subject() const { return this; }

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

  // Before the handlers of a phase, and before each call of one.
  void begin_phase(model::Phase next) { phase = static_cast<std::uint32_t>(next); }
  void begin_handler(std::chrono::microseconds allowed, Clock::time_point began) {
    budget_us = allowed.count();
    HandlerContext::begin_handler(allowed, began);
  }
  // After a handler that broke: what it did to the draft is undone.
  void undo_handler();
  // What the handler said by op_reject, if it did.
  std::optional<base::Error> take_rejection();
  bool is_rejected() const { return rejection_.has_value(); }

  std::shared_ptr<HandlerContext> abandon() override;

  // ---- the handler's side; bp_status and text as the ABI says ----

  base::Result<void> reject(base::Error rejection);
  base::Result<void> replace(std::string_view document);
  base::Result<void> patch_input(PatchFormat format, std::string_view patch);
  base::Result<void> set_draft_status(model::Status status);
  base::Result<void> enlist(PluginRequest request);
  base::Result<void> enlist(model::Event event);
  Cause cause() const override;

 private:
  base::Result<void> may_write(const char* function) const;
  base::Result<void> may_enlist(const char* function, std::size_t count) const;
  base::Result<void> put_input(const char* function, base::Result<model::Document> made);
  void before_change();
  void forget_handler() override;
  void show();

  OperationFacts facts_;
  base::JsonLimits limits_;
  Draft draft_;
  std::optional<Draft> at_start_of_handler_;  // once the handler has changed something
  std::vector<std::shared_ptr<const model::Document>> lent_;  // replaced inputs: valid until the handler returns
  std::optional<model::Document> patch_;
  std::optional<model::Document> previous_;
  std::optional<model::Document> result_;
  std::optional<base::Error> failure_;
  bp_error failure_view_{};
  std::optional<base::Error> rejection_;
};

}  // namespace backplane::plugin
