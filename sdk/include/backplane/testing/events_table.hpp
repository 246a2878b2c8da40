// The functions of "backplane.events/1" as TestHost offers them. Included by testing.hpp.
#pragma once

#include <backplane/testing/fake_bus.hpp>
#include <backplane/testing/host_table.hpp>

namespace backplane::sdk::testing {

struct EventsTable {
  static std::int32_t subscribe(bp_self* self, const bp_subscription* subscription, bp_error* error) {
    try {
      HostTable::host_of(self).bus_->subscribe(*subscription);
      return BP_OK;
    } catch (const Error& wrong) {
      return HostTable::fail(error, wrong);
    }
  }

  // The event, belonging to what this thread handles.
  static PublishedEvent event_of(const TestHost& host, const bp_publication& from) {
    const auto text = [](bp_string given) { return std::string(detail::view(given)); };
    const auto or_else = [&](bp_string given, bp_string otherwise) { return text(given.size ? given : otherwise); };
    const Handled now = handled_now.host == &host ? handled_now : Handled{};
    PublishedEvent event;
    event.id = text(from.event_id);
    event.type = text(from.event_type);
    event.payload = nlohmann::json::parse(or_else(from.payload, detail::to_c("{}")), nullptr, false);
    event.promise = static_cast<Promise>(from.promise);
    event.time_us = from.time_us;
    event.source = "plugin:tested";
    const auto inherit = [&](const auto& cause, bp_string id, bp_string key) {
      event.tenant = text(cause.tenant);
      event.correlation_id = text(cause.correlation_id);
      event.causation_id = text(id);
      event.depth = cause.depth + 1;
      event.key = or_else(from.key, key);
      event.actor = or_else(from.actor, cause.actor);
    };
    if (now.operation) {
      inherit(*now.operation, now.operation->operation_id, now.operation->id);
    } else if (now.event) {
      inherit(*now.event, now.event->event_id, now.event->key);
    } else {
      event.key = text(from.key);
      event.actor = text(from.actor);
    }
    if (event.actor.empty()) event.actor = event.source;
    return event;
  }

  static std::int32_t publish(bp_self* self, const bp_publication* publication, bp_published* out, bp_error* error) {
    TestHost& host = HostTable::host_of(self);
    try {
      if (publication->promise > BP_PROMISE_DURABLE)
        throw Error(Status::invalid_argument, "publish: wanted a promise that the header knows");
      if (const auto* cause = FakeOperation::handled_by(host); cause && cause->dry_run)
        throw Error(Status::unsupported, "publish: wanted no dry run");
      const Dispatched dispatched = host.bus_->publish(event_of(host, *publication));
      if (out == nullptr) return BP_OK;
      const bp_published published{std::min<std::uint32_t>(out->struct_size, sizeof published),
                                   dispatched.known ? 1u : 0u, dispatched.position};
      std::memcpy(out, &published, published.struct_size);
      return BP_OK;
    } catch (const Error& wrong) {
      return HostTable::fail(error, wrong);
    }
  }

  static std::int32_t enlist(const bp_operation* operation, const bp_publication* publication, bp_error* error) {
    auto& op = FakeOperation::of(operation);
    try {
      if (!op.decides() || (op.action & (BP_WRITE | BP_LIFECYCLE)) == 0)
        throw Error(Status::unsupported, "enlist: wanted phase before of an operation that changes something");
      if (publication->promise != 0)
        throw Error(Status::invalid_argument, "enlist: wanted no promise: the event shares the operation's fate");
      PublishedEvent event = event_of(op.host, *publication);
      FakeBus::check(event);
      op.fired.enlisted_events.push_back(std::move(event));
      return BP_OK;
    } catch (const Error& wrong) {
      return HostTable::fail(error, wrong);
    }
  }

  static std::int32_t decide(const bp_event* event, Delivered what, std::int64_t delay_us, bp_string message) {
    auto& fake = FakeEvent::of(event);
    if (fake.mode != BP_DURABLE) return BP_E_UNSUPPORTED;
    constexpr std::chrono::microseconds most = std::chrono::hours(24 * 366);
    if (delay_us < 0 || delay_us > most.count()) return BP_E_INVALID_ARGUMENT;
    fake.decided = what;
    fake.delay = std::chrono::microseconds(delay_us);
    fake.message = detail::view(message);
    return BP_OK;
  }
  static std::int32_t retry_after(const bp_event* event, std::int64_t delay_us, bp_string message) {
    return decide(event, Delivered::retry, delay_us, message);
  }
  static std::int32_t snooze(const bp_event* event, std::int64_t delay_us) {
    return decide(event, Delivered::snoozed, delay_us, {});
  }
  static std::int32_t reject(const bp_event* event, bp_string message) {
    return decide(event, Delivered::rejected, 0, message);
  }

  static std::int64_t remaining_us(const bp_event* event) { return event->budget_us; }

  static bp_events make(std::uint32_t size) {
    return {size, 0, &subscribe, &publish, &enlist, &retry_after, &snooze, &reject, &remaining_us};
  }
};

inline const void* HostTable::get_interface(bp_self* self, bp_string name) {
  const TestHost& host = host_of(self);
  return detail::view(name) == BP_EVENTS_NAME && host.events_.struct_size > 0 ? &host.events_ : nullptr;
}

}  // namespace backplane::sdk::testing
