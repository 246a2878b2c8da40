// What stands behind a bp_event: an event as it is delivered, and what its durable handler said is to become of it. One for
// each delivery, shared by the sync subscribers of an event one after another.
#pragma once

#include <backplane/events.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "model/event.hpp"
#include "plugin/handler.hpp"
#include "plugin/handler_context.hpp"

namespace backplane::plugin {

// How an event is delivered.
struct Delivered {
  Mode mode = Mode::sync;
  std::uint32_t attempt = 1;
  bool replayed = false;
};

// What a durable handler asked for, beside the status that it returned.
struct Verdict {
  enum class Kind { none, retry, snooze, reject };
  Kind kind = Kind::none;
  std::chrono::microseconds delay{};
  std::string message{};
};

class EventContext final : public bp_event, public HandlerContext {
 public:
  EventContext(std::shared_ptr<const model::Event> event, Delivered how);

  // Another event in its place, delivered in the same way; nobody has the context. And none.
  void take(std::shared_ptr<const model::Event> event);
  void let_go() { event_.reset(); }

  // What handlers are given.
  const bp_event* subject() const { return this; }

  const model::Event& event() const { return *event_; }
  const std::shared_ptr<const model::Event>& shared_event() const { return event_; }
  void begin_handler(std::chrono::microseconds allowed, Clock::time_point began) {
    budget_us = allowed.count();
    HandlerContext::begin_handler(allowed, began);
  }
  const Verdict& verdict() const { return verdict_; }

  std::shared_ptr<HandlerContext> abandon() override;

  // ---- the handler's side ----

  // unsupported: not a durable delivery; cancelled: too late.
  base::Result<void> decide(const char* function, Verdict verdict);
  Cause cause() const override;

 private:
  void forget_handler() override;

  std::shared_ptr<const model::Event> event_;
  Delivered how_;
  Verdict verdict_;
};

}  // namespace backplane::plugin
