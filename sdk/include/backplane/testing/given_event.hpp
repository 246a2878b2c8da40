// Events as a test makes them up and as TestHost tells of them: publications, subscriptions, deliveries. Included by
// testing.hpp. Plain values.
#pragma once

#include <backplane/backplane.hpp>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace backplane::sdk::testing {

// An event published by the test, as by a caller of the host. Whatever is not said has a plain default: an id of its
// own, actor "tester", source "test", the test's time, no tenant, no key.
class GivenEvent {
 public:
  GivenEvent& event_id(std::string value) { return set(event_id_, std::move(value)); }
  GivenEvent& tenant(std::string value) { return set(tenant_, std::move(value)); }
  GivenEvent& actor(std::string value) { return set(actor_, std::move(value)); }
  GivenEvent& source(std::string value) { return set(source_, std::move(value)); }
  GivenEvent& key(std::string value) { return set(key_, std::move(value)); }
  GivenEvent& correlation_id(std::string value) { return set(correlation_id_, std::move(value)); }
  GivenEvent& causation_id(std::string value) { return set(causation_id_, std::move(value)); }
  GivenEvent& time_us(std::int64_t value) { return set(time_us_, value); }
  GivenEvent& depth(std::uint32_t value) { return set(depth_, value); }
  GivenEvent& in_memory() { return set(promise_, Promise::memory); }
  // A replay of an old event: given to the subscriptions that take replays, and not published anew.
  GivenEvent& replayed() { return set(replayed_, true); }
  // What each handler that is called for it may take.
  GivenEvent& budget(std::chrono::microseconds value) { return set(budget_, value); }

 private:
  friend class TestHost;
  template <class T>
  GivenEvent& set(T& member, T value) {
    member = std::move(value);
    return *this;
  }

  std::string event_id_, tenant_, actor_ = "tester", source_ = "test", key_, correlation_id_, causation_id_;
  std::int64_t time_us_ = 0;
  std::uint32_t depth_ = 0;
  Promise promise_ = Promise::queued;
  bool replayed_ = false;
  std::chrono::microseconds budget_{1000000};
};

// An event that was published, by the test or by the plugin, or enlisted by one of its handlers. What the plugin
// publishes has the source "plugin:tested".
struct PublishedEvent {
  std::string id, type, tenant, actor, source, key, correlation_id, causation_id;
  nlohmann::json payload;
  Promise promise = Promise::queued;
  std::int64_t time_us = 0;
  std::uint32_t depth = 0;
  std::uint64_t position = 0;  // from 1; 0: enlisted and not committed, or in memory only
  bool replayed = false;
  std::chrono::microseconds budget{1000000};
};

// A subscription as the plugin registered it.
struct RegisteredSubscription {
  std::string pattern, name;
  DeliveryMode mode = DeliveryMode::sync;
  EventOrder order = EventOrder::by_key;
  bool take_replays = false, from_beginning = false;
  std::uint32_t most_attempts = 0;
};

// What came of one call of a handler of events.
enum class Delivered { done, fault, retry, snoozed, rejected };

struct Delivery {
  std::string subscription;  // its name
  std::string event_id, event_type;
  DeliveryMode mode = DeliveryMode::sync;
  std::uint32_t attempt = 1;
  Delivered outcome = Delivered::done;
  Status status = Status::ok;         // of a fault
  std::string message, details;       // why: of a fault, retry_after or reject
  std::chrono::microseconds delay{};  // of retry_after and snooze
  bool dead_letter = false;           // of a durable subscription: it is not tried again
};

// What came of one publication by the test.
struct Dispatched {
  std::string event_id;
  std::uint64_t position = 0;
  bool known = false;
  std::vector<Delivery> deliveries;  // to sync subscriptions, in the order of their calls
};

}  // namespace backplane::sdk::testing
