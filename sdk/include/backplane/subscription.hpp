// Which events a plugin's functions are called for: the fluent expression that on_event() begins, and the C function
// behind every subscription. Part of backplane.hpp. Used in a plugin's constructor.
#pragma once

#include <backplane/event.hpp>
#include <backplane/handling.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace backplane::sdk {

// What is kept in order, of background and durable subscriptions.
enum class EventOrder : std::uint32_t {
  by_key = BP_ORDER_KEY,     // the events of one key; one that fails holds back those of its key
  strict = BP_ORDER_STRICT,  // all events; one that fails holds back all
  none = BP_ORDER_NONE,      // nothing
};

namespace detail {

// One function of a plugin and the events that it is called for.
struct Subscriber {
  std::function<void(Event&)> function;
  std::string pattern, name;
  DeliveryMode mode = DeliveryMode::sync;
  EventOrder order = EventOrder::by_key;
  bool take_replays = false, from_beginning = false;
  std::uint32_t most_attempts = 0;
  const bp_host* table = nullptr;
  bp_self* self = nullptr;
  bp_events events{};
};

// Gives a durable event up. False when it is of another mode, or too late: then the exception says it as a fault.
inline bool give_up(const Subscriber& subscriber, const bp_event* event, std::string_view why) {
  return subscriber.mode == DeliveryMode::durable && subscriber.events.reject(event, to_c(why)) == BP_OK;
}

// The C function behind every subscription. What the handler decided before it threw stands, unless it threw a
// rejection.
inline std::int32_t call_subscriber(void* user_data, const bp_event* given) noexcept {
  const auto& subscriber = *static_cast<const Subscriber*>(user_data);
  Event event(*subscriber.table, subscriber.self, subscriber.events, *given);
  try {
    try {
      subscriber.function(event);
    } catch (const Rejection& rejection) {
      const std::string code = rejection.reason().empty() ? "" : rejection.reason() + ": ";
      if (!give_up(subscriber, given, code + rejection.message())) throw;
    } catch (const MalformedEvent& malformed) {
      if (!give_up(subscriber, given, malformed.message())) throw;
    }
    return BP_OK;
  } catch (...) {
    return explain(*subscriber.table, subscriber.self);
  }
}

// What a mode does not have is a mistake to be told, not to be passed over.
inline void check(const Subscriber& subscriber) {
  const auto refuse = [&](std::string_view option, std::string_view wanted) {
    throw Error(Status::invalid_argument, "subscription to " + quote(subscriber.pattern) + ": " + std::string(option) +
                                              " wants " + std::string(wanted) + ", found one of mode " +
                                              std::string(name_of(subscriber.mode)));
  };
  if (subscriber.mode == DeliveryMode::durable) return;
  if (subscriber.most_attempts != 0) refuse("attempts", "a durable subscription");
  if (subscriber.from_beginning) refuse("from_beginning", "a durable subscription");
  if (subscriber.mode == DeliveryMode::sync && subscriber.order != EventOrder::by_key)
    refuse("order", "a background or durable subscription");
}

inline void subscribe(Subscriber& subscriber) {
  check(subscriber);
  bp_subscription subscription{};
  subscription.struct_size = sizeof subscription;
  subscription.mode = static_cast<std::uint32_t>(subscriber.mode);
  subscription.pattern = to_c(subscriber.pattern);
  subscription.name = to_c(subscriber.name);
  subscription.order = static_cast<std::uint32_t>(subscriber.order);
  subscription.replays = subscriber.take_replays ? BP_TAKE_REPLAYS : BP_SKIP_REPLAYS;
  subscription.most_attempts = subscriber.most_attempts;
  subscription.from_beginning = subscriber.from_beginning ? 1 : 0;
  subscription.handler = &call_subscriber;
  subscription.user_data = &subscriber;
  bp_error error = empty_error();
  require(subscriber.events.subscribe(subscriber.self, &subscription, &error), error,
          "subscribe to " + quote(subscriber.pattern));
}

}  // namespace detail

// What on_event(...) returns: says how the function given to it is called.
//
//   on_event<PaymentCompleted>(&Receipts::send).background().named("receipts");
//   on_event("order.>", &Ledger::book).durable("ledger").order(EventOrder::strict).attempts(5);
//
// Without a mode it is sync: on the publisher's thread, in the order registered, before publish returns. For what is
// fast and must be done by then; whatever does I/O belongs in the background. An option that the mode does not have is
// Error invalid_argument when the constructor has finished.
class Subscription {
 public:
  // From a bounded queue, on the host's threads, while the publisher goes on. Events that wait there are lost with the
  // process.
  Subscription& background() {
    subscriber_->mode = DeliveryMode::background;
    return *this;
  }
  // From the event log, at least once, across restarts and crashes: done when the handler has returned, tried again
  // when it failed. The host keeps its place in the log under the name, which is unique within the plugin and must stay
  // the same. Error unsupported when the constructor has finished: this host has no event log.
  Subscription& durable(std::string_view name) {
    subscriber_->mode = DeliveryMode::durable;
    return named(name);
  }
  // The name in logs, metrics and explanations, unique within the plugin. Without: the host numbers it.
  Subscription& named(std::string_view name) {
    subscriber_->name = name;
    return *this;
  }
  // background, durable: what is kept in order; without: the events of one key.
  Subscription& order(EventOrder order) {
    subscriber_->order = order;
    return *this;
  }
  // Is called again for events that somebody replays; Event::replayed tells. Without: replays pass it by.
  Subscription& take_replays() {
    subscriber_->take_replays = true;
    return *this;
  }
  // durable: its first start begins with the oldest event in the log. Without: with those from then on.
  Subscription& from_beginning() {
    subscriber_->from_beginning = true;
    return *this;
  }
  // durable: how often an event is tried before it is a dead letter; 0, or without: as the manifest says.
  Subscription& attempts(std::uint32_t most) {
    subscriber_->most_attempts = most;
    return *this;
  }

 private:
  friend class Plugin;
  explicit Subscription(detail::Subscriber& subscriber) : subscriber_(&subscriber) {}

  detail::Subscriber* subscriber_;
};

}  // namespace backplane::sdk
