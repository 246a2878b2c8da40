#include "plugin/operation_context.hpp"

#include <nlohmann/json.hpp>

#include "plugin/crossing.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using std::chrono::steady_clock;

constexpr std::size_t most_enlisted = 1000;
constexpr model::ActionSet writes_document{model::Action::create, model::Action::update, model::Action::modify,
                                           model::Action::patch};

}  // namespace

OperationContext::OperationContext(OperationFacts facts, base::JsonLimits limits)
    : bp_operation{}, facts_(std::move(facts)), limits_(limits) {
  struct_size = sizeof(bp_operation);
  show();
}

void OperationContext::show() {
  action = static_cast<std::uint64_t>(facts_.action);
  depth = facts_.depth;
  dry_run = facts_.dry_run ? 1 : 0;
  time_us = to_abi(facts_.time);
  operation_id = to_abi(facts_.operation_id);
  correlation_id = to_abi(facts_.correlation_id);
  causation_id = to_abi(facts_.causation_id);
  actor = to_abi(facts_.actor);
  tenant = to_abi(facts_.tenant);
  type = to_abi(facts_.type);
  id = to_abi(facts_.id);
  status = static_cast<std::uint32_t>(draft_.status);
  input = draft_.input ? to_abi(*draft_.input) : nullptr;
  patch = patch_ ? to_abi(*patch_) : nullptr;
  previous = previous_ ? to_abi(*previous_) : nullptr;
  result = result_ ? to_abi(*result_) : nullptr;
  if (failure_) failure_view_ = to_abi(*failure_);
  error = failure_ ? &failure_view_ : nullptr;
}

void OperationContext::set_id(std::string new_id) {
  facts_.id = std::move(new_id);
  show();
}

void OperationContext::set_input(model::Document document, model::Status new_status) {
  draft_.input = std::make_shared<const model::Document>(std::move(document));
  draft_.status = new_status;
  show();
}

void OperationContext::set_patch(model::Document document) {
  patch_ = std::move(document);
  show();
}

void OperationContext::set_previous(const model::Resource& resource) {
  previous_ = resource.current.document;
  draft_.status = resource.current.status;
  revision = resource.current.version.revision;
  edit = resource.current.version.edit;
  show();
}

void OperationContext::set_result(std::optional<model::Document> document, model::Version version, model::Status new_status) {
  result_ = std::move(document);
  draft_.status = new_status;
  revision = version.revision;
  edit = version.edit;
  outcome = BP_SUCCEEDED;
  show();
}

void OperationContext::set_failure(const base::Error& cause) {
  failure_ = cause;
  outcome = BP_FAILED;
  show();
}

void OperationContext::forget_handler() {
  HandlerContext::forget_handler();
  lent_.clear();
  rejection_.reset();
  at_start_of_handler_.reset();
}

void OperationContext::undo_handler() {
  if (at_start_of_handler_) draft_ = *at_start_of_handler_;
  show();
}

// The mutex is held by the caller.
void OperationContext::before_change() {
  touched_ = true;
  if (!at_start_of_handler_) at_start_of_handler_ = draft_;
}

std::optional<base::Error> OperationContext::take_rejection() { return std::exchange(rejection_, std::nullopt); }

std::shared_ptr<HandlerContext> OperationContext::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  auto next = std::make_shared<OperationContext>(facts_, limits_);
  next->stay_ = stay_;
  next->rejection_ = rejection_;
  next->phase = phase;
  next->outcome = outcome;
  next->revision = revision;
  next->edit = edit;
  next->draft_ = at_start_of_handler_.value_or(draft_);
  next->patch_ = patch_;
  next->previous_ = previous_;
  next->result_ = result_;
  next->failure_ = failure_;
  next->show();
  return next;
}

// The mutex is held by the caller.
base::Result<void> OperationContext::may_write(const char* function) const {
  BACKPLANE_CHECK(check_not_abandoned(function));
  if (phase != BP_BEFORE)
    return Error{Code::unsupported, std::string(function) + ": wanted the phase before, found " +
                                        std::string(model::name_of(static_cast<model::Phase>(phase)))};
  return base::ok();
}

base::Result<void> OperationContext::reject(base::Error rejection) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(may_write("op_reject"));
  touched_ = true;
  rejection_ = std::move(rejection);
  return base::ok();
}

// Documents are parsed and patched before the mutex is taken: whoever wants to abandon the handler need not wait for that. The
// draft's input is changed by this thread alone.
base::Result<void> OperationContext::put_input(const char* function, base::Result<model::Document> made) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(may_write(function));
  if (!writes_document.contains(facts_.action) || !draft_.input)
    return Error{Code::unsupported, std::string(function) + ": " + std::string(model::name_of(facts_.action)) + " writes no document"};
  if (!made) return base::within(function, std::move(made).error());
  before_change();
  lent_.push_back(draft_.input);
  draft_.input = std::make_shared<const model::Document>(std::move(*made));
  input = to_abi(*draft_.input);
  return base::ok();
}

base::Result<void> OperationContext::replace(std::string_view document) {
  return put_input("op_replace", model::Document::parse(document, limits_));
}

base::Result<void> OperationContext::patch_input(PatchFormat format, std::string_view text) {
  const auto patched = [&]() -> base::Result<model::Document> {
    if (!draft_.input) return model::Document();
    BACKPLANE_TRY(const auto patch_value, base::parse_json(text, limits_));
    const base::Json& current = draft_.input->json();
    if (format == PatchFormat::merge_patch)
      return model::Document::from(base::apply_merge_patch(current, patch_value), limits_);
    auto value = base::apply_json_patch(current, patch_value);
    if (value) return model::Document::from(*value, limits_);
    if (value.error().code != Code::conflict) return std::move(value).error();
    return Error{Code::invalid_argument, value.error().message};
  };
  return put_input("op_patch", patched());
}

base::Result<void> OperationContext::set_draft_status(model::Status new_status) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(may_write("op_set_status"));
  if (!writes_document.contains(facts_.action))
    return Error{Code::unsupported, "op_set_status: " + std::string(model::name_of(facts_.action)) + " writes no document"};
  before_change();
  draft_.status = new_status;
  status = static_cast<std::uint32_t>(new_status);
  return base::ok();
}

// Whether something may join the unit of work, in which there are `count` of its kind.
base::Result<void> OperationContext::may_enlist(const char* function, std::size_t count) const {
  BACKPLANE_CHECK(may_write(function));
  if (!model::actions::mutate.contains(facts_.action) || facts_.action == model::Action::load)
    return Error{Code::unsupported,
                 std::string(function) + ": a " + std::string(model::name_of(facts_.action)) + " has no unit of work to join"};
  if (count < most_enlisted) return base::ok();
  return Error{Code::too_large, std::string(function) + ": at most " + std::to_string(most_enlisted) + " can be enlisted"};
}

base::Result<void> OperationContext::enlist(model::Event event) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(may_enlist("enlist", draft_.events.size()));
  before_change();
  draft_.events.push_back(std::move(event));
  return base::ok();
}

base::Result<void> OperationContext::enlist(PluginRequest request) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(may_enlist("op_enlist", draft_.enlisted.size()));
  before_change();
  draft_.enlisted.push_back(std::move(request));
  return base::ok();
}

Cause OperationContext::cause() const {
  return {.tenant = facts_.tenant,
          .actor = facts_.actor,
          .key = facts_.id,
          .correlation_id = facts_.correlation_id,
          .causation_id = facts_.operation_id,
          .depth = facts_.depth + 1,
          .dry_run = facts_.dry_run,
          .budget_us = remaining().count(),
          .inside = inside()};
}

}  // namespace backplane::plugin
