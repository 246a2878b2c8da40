// One event, as a handler sees it: its envelope, its payload, and what becomes of it. Part of backplane.hpp. Lent:
// valid until the handler returns, on the thread that runs it.
#pragma once

#include <backplane/host.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace backplane::sdk {

// How a subscription is served.
enum class DeliveryMode : std::uint32_t {
  sync = BP_SYNC,              // on the publisher's thread, in the order registered, before publish returns
  background = BP_BACKGROUND,  // from a bounded queue, on the host's threads
  durable = BP_DURABLE,        // from the event log, at least once, across restarts and crashes
};

constexpr std::string_view name_of(DeliveryMode mode) {
  switch (mode) {
    case DeliveryMode::sync: return "sync";
    case DeliveryMode::background: return "background";
    case DeliveryMode::durable: return "durable";
  }
  return "unknown";
}

// What Event::as throws for a payload that is not what its type wants. Escaping from a handler it is a fault; but an
// event of a durable subscription becomes a dead letter at once, because another attempt would find the same.
class MalformedEvent : public Error {
 public:
  using Error::Error;
};

class Event {
 public:
  Event(const bp_host& table, bp_self* self, const bp_events& events, const bp_event& event)
      : host_(table, self), events_(&events), event_(&event) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // ---- the envelope

  // The same id is the same event: what to remember against doing a thing twice.
  std::string_view id() const { return detail::view(field(&bp_event::event_id)); }
  std::string_view type() const { return detail::view(field(&bp_event::event_type)); }
  template <class E>
  bool is() const {
    return type() == E::event_type();
  }
  // When it happened, by its publisher.
  std::chrono::system_clock::time_point time() const {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::microseconds(time_us())));
  }
  std::int64_t time_us() const { return field(&bp_event::time_us); }  // microseconds since 1970-01-01 UTC
  // Whose data; who caused it; who published it: "host", "plugin:<id>", or what a caller named. The first two may be
  // empty.
  std::string_view tenant() const { return detail::view(field(&bp_event::tenant)); }
  std::string_view actor() const { return detail::view(field(&bp_event::actor)); }
  std::string_view source() const { return detail::view(field(&bp_event::source)); }
  // Events of one key come in the order of their publication; empty: no order.
  std::string_view key() const { return detail::view(field(&bp_event::key)); }
  // Shared by everything that one request from outside set off; the operation or event that set this one off, or empty.
  std::string_view correlation_id() const { return detail::view(field(&bp_event::correlation_id)); }
  std::string_view causation_id() const { return detail::view(field(&bp_event::causation_id)); }
  // In the event log; 0: it is not in it.
  std::uint64_t position() const { return field(&bp_event::position); }
  // How many handlers down from a caller it was published.
  std::uint32_t depth() const { return field(&bp_event::depth); }

  // ---- this delivery

  DeliveryMode mode() const { return static_cast<DeliveryMode>(field(&bp_event::mode)); }
  // 1 for the first call; more only for durable subscriptions.
  std::uint32_t attempt() const { return field(&bp_event::attempt); }
  // The subscription asked for old events anew, or took a replay.
  bool replayed() const { return field(&bp_event::replayed) != 0; }
  // What this handler may take in all, and what is left of it now.
  std::chrono::microseconds budget() const { return std::chrono::microseconds(field(&bp_event::budget_us)); }
  std::chrono::microseconds remaining() const { return std::chrono::microseconds(events_->remaining_us(event_)); }

  // ---- the payload, a JSON object; {} once its resource was purged

  Document payload() const { return Document(host_.table(), field(&bp_event::payload)); }
  // The payload as a struct made by BACKPLANE_EVENT or BACKPLANE_FIELDS, whatever the event's type; `is` asks for that.
  // MalformedEvent (an Error invalid_document) names the event's type, the field, what was wanted and what was found.
  template <class E>
  E as() const {
    try {
      return read_fields<E>(payload());
    } catch (const Error& error) {
      throw MalformedEvent(error.status(), std::string(type()) + ": " + error.message());
    }
  }

  // ---- what becomes of it, for durable subscriptions only: Error unsupported for the others. The last call counts,
  // whatever the handler does or throws from there on. cancelled: too late, the event went on without this handler.

  // It failed, and is tried again no sooner than after `delay`. Counts as an attempt.
  void retry_after(std::chrono::microseconds delay, std::string_view why) {
    decided(events_->retry_after(event_, delay.count(), detail::to_c(why)), "retry_after");
  }
  // It is to come again after `delay`: no failure, and no attempt.
  void snooze(std::chrono::microseconds delay) { decided(events_->snooze(event_, delay.count()), "snooze"); }
  // It can never be handled: a dead letter, kept with this text. Throwing Rejection does the same from deeper down.
  void reject(std::string_view why) { decided(events_->reject(event_, detail::to_c(why)), "reject"); }

  // ---- the host, with this event as the cause of what is asked for and published: tenant, correlation, depth and what
  // is left of the budget are inherited.
  const Host& host() const { return host_; }

  const bp_event& c() const { return *event_; }

 private:
  template <class T>
  T field(T bp_event::*member) const {
    return detail::field(*event_, member);
  }

  void decided(std::int32_t status, std::string_view verb) const {
    if (status == BP_OK) return;
    std::string why(name_of(static_cast<Status>(status)));
    if (mode() != DeliveryMode::durable)
      why = "wanted a durable subscription, found one of mode " + std::string(name_of(mode()));
    throw Error(static_cast<Status>(status), std::string(verb) + ": " + why);
  }

  Host host_;
  const bp_events* events_;
  const bp_event* event_;
};

}  // namespace backplane::sdk
