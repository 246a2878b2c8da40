#include "plugin/event_context.hpp"

#include "plugin/crossing.hpp"

namespace backplane::plugin {

EventContext::EventContext(std::shared_ptr<const model::Event> event, Delivered how) : bp_event{}, how_(how) {
  struct_size = sizeof(bp_event);
  mode = static_cast<std::uint32_t>(how.mode);
  attempt = how.attempt;
  replayed = how.replayed ? 1 : 0;
  take(std::move(event));
}

void EventContext::take(std::shared_ptr<const model::Event> event) {
  event_ = std::move(event);
  depth = event_->depth;
  time_us = to_abi(event_->time);
  position = event_->position;
  event_id = to_abi(event_->id);
  event_type = to_abi(event_->type);
  tenant = to_abi(event_->tenant);
  actor = to_abi(event_->actor);
  source = to_abi(event_->source);
  key = to_abi(event_->key);
  correlation_id = to_abi(event_->correlation_id);
  causation_id = to_abi(event_->causation_id);
  payload = to_abi(event_->payload);
}

void EventContext::forget_handler() {
  HandlerContext::forget_handler();
  verdict_ = {};
}

std::shared_ptr<HandlerContext> EventContext::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  auto next = std::make_shared<EventContext>(event_, how_);
  next->stay_ = stay_;
  return next;
}

base::Result<void> EventContext::decide(const char* function, Verdict verdict) {
  const std::lock_guard lock(mutex_);
  BACKPLANE_CHECK(check_not_abandoned(function));
  if (how_.mode != Mode::durable)
    return base::Error{base::Code::unsupported, std::string(function) + ": wanted the handler of a durable subscription"};
  touched_ = true;
  verdict_ = std::move(verdict);
  return base::ok();
}

Cause EventContext::cause() const {
  return {.tenant = event_->tenant,
          .actor = event_->actor,
          .key = event_->key,
          .correlation_id = event_->correlation_id,
          .causation_id = event_->id,
          .depth = event_->depth + 1,
          .dry_run = false,
          .budget_us = remaining().count(),
          .inside = inside()};
}

}  // namespace backplane::plugin
