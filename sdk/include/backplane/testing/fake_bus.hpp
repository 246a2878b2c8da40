// The events of TestHost: who subscribed, what was published, what waits, what came of it. Included by testing.hpp.
#pragma once

#include <backplane/testing/fake_event.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

namespace backplane::sdk::testing {

// Its lock is never held while the plugin runs.
class FakeBus {
 public:
  explicit FakeBus(TestHost& host) : host_(host) {}

  // Errors as bp_events.subscribe and bp_events.publish say.
  void subscribe(const bp_subscription& subscription);
  static void check(const PublishedEvent& event);

  // What is empty of the event is filled in.
  Dispatched publish(PublishedEvent event);

  // Calls what waits and is due of the subscriptions of this mode, what is published meanwhile included, each event
  // once a subscription.
  std::vector<Delivery> run(DeliveryMode mode);
  void advance(std::chrono::microseconds by);

  std::vector<RegisteredSubscription> subscriptions() const;
  std::vector<PublishedEvent> published() const;
  std::vector<Delivery> delivered() const;

 private:
  using Shared = std::shared_ptr<const PublishedEvent>;
  struct Waiting {
    Shared event;
    std::uint32_t attempt = 1;
    std::int64_t due_us = 0;
  };
  struct Subscribed : RegisteredSubscription {
    bp_event_fn handler = nullptr;
    void* user_data = nullptr;
    std::deque<Waiting> waiting;  // in the order of publication
  };

  Delivery call(const Subscribed& subscribed, const PublishedEvent& event, std::uint32_t attempt);
  using Tried = std::set<std::pair<const Subscribed*, Shared>>;

  std::optional<Waiting> take_due(Subscribed& subscribed, const Tried& tried) const;
  void settle(Subscribed& subscribed, Waiting waiting, Delivery& delivery);

  TestHost& host_;
  mutable std::mutex mutex_;
  std::deque<Subscribed> subscribed_;
  std::vector<PublishedEvent> published_;
  std::vector<Delivery> delivered_;
  std::int64_t now_us_ = 1714564800000000;  // 2024-05-01T12:00:00Z, as Given has it
  std::uint64_t published_count_ = 0, last_position_ = 0;
};

inline void FakeBus::subscribe(const bp_subscription& given) {
  Subscribed made;
  made.pattern = detail::view(given.pattern);
  made.name = detail::view(given.name);
  made.mode = static_cast<DeliveryMode>(given.mode);
  made.order = static_cast<EventOrder>(given.order);
  made.take_replays = given.replays == BP_TAKE_REPLAYS;
  made.from_beginning = given.from_beginning != 0;
  made.most_attempts = given.most_attempts;
  made.handler = given.handler;
  made.user_data = given.user_data;
  const auto refuse = [&](const std::string& why) {
    throw Error(Status::invalid_argument,
                "subscription " + quote(made.name) + " to " + quote(made.pattern) + ": " + why);
  };
  if (!is_pattern(made.pattern)) refuse("wanted a pattern such as order.confirmed, order.*, order.> or *");
  if (given.handler == nullptr) refuse("wanted a handler, found none");
  if (given.mode > BP_DURABLE || given.order > BP_ORDER_NONE || given.replays > BP_TAKE_REPLAYS)
    refuse("wanted a mode, an order and replays that the header knows");
  if (made.mode == DeliveryMode::durable && made.name.empty()) refuse("wanted the name of a durable one, found none");
  const std::lock_guard lock(mutex_);
  for (const auto& other : subscribed_)
    if (!made.name.empty() && other.name == made.name) refuse("the name is given twice");
  subscribed_.push_back(std::move(made));
}

inline void FakeBus::check(const PublishedEvent& event) {
  const auto refuse = [&](Status status, const std::string& why) {
    throw Error(status, "publish " + quote(event.type) + ": " + why);
  };
  if (!detail::is_event_type(event.type))
    refuse(Status::invalid_argument, "wanted an event type, segments of [a-z0-9_-] between dots");
  if (!event.payload.is_object()) refuse(Status::invalid_argument, "wanted a payload that is a JSON object");
  if (event.key.size() > 256 || event.id.size() > 128)
    refuse(Status::too_large, "wanted a key of at most 256 bytes and an id of at most 128");
  if (event.depth > 16) refuse(Status::depth_exceeded, "wanted at most 16 levels of nesting");
}

inline Dispatched FakeBus::publish(PublishedEvent event) {
  check(event);
  std::vector<const Subscribed*> sync;
  Shared shared;
  {
    const std::lock_guard lock(mutex_);
    const auto same = [&](const PublishedEvent& other) {
      return other.id == event.id && other.tenant == event.tenant && other.position != 0;
    };
    const auto known = std::find_if(published_.begin(), published_.end(), same);
    if (!event.replayed && known != published_.end()) return {event.id, known->position, true, {}};
    if (event.replayed && known != published_.end()) event.position = known->position;
    if (event.id.empty()) {
      char id[37];
      std::snprintf(id, sizeof id, "00000000-0000-7000-8000-%012u", 1000 + static_cast<unsigned>(++published_count_));
      event.id = id;
    }
    if (event.correlation_id.empty()) event.correlation_id = event.id;
    if (event.time_us == 0) event.time_us = now_us_;
    if (!event.replayed && event.promise != Promise::memory) event.position = ++last_position_;
    if (!event.replayed) published_.push_back(event);
    shared = std::make_shared<const PublishedEvent>(std::move(event));
    for (auto& subscribed : subscribed_) {
      if (!matches(subscribed.pattern, shared->type) || (shared->replayed && !subscribed.take_replays)) continue;
      if (subscribed.mode == DeliveryMode::durable && shared->promise == Promise::memory) continue;
      if (subscribed.mode == DeliveryMode::sync) {
        sync.push_back(&subscribed);
      } else {
        subscribed.waiting.push_back({shared, 1, now_us_});
      }
    }
  }
  Dispatched dispatched{shared->id, shared->position, false, {}};
  for (const auto* subscribed : sync) {
    dispatched.deliveries.push_back(call(*subscribed, *shared, 1));
    const std::lock_guard lock(mutex_);
    delivered_.push_back(dispatched.deliveries.back());
  }
  return dispatched;
}

inline Delivery FakeBus::call(const Subscribed& subscribed, const PublishedEvent& event, std::uint32_t attempt) {
  FakeEvent fake(host_, event, subscribed.mode, attempt);
  const std::int32_t status =
      host_.call({&host_, nullptr, &fake}, [&] { return subscribed.handler(subscribed.user_data, &fake); });
  Delivery delivery;
  delivery.subscription = subscribed.name;
  delivery.event_id = event.id;
  delivery.event_type = event.type;
  delivery.mode = subscribed.mode;
  delivery.attempt = attempt;
  if (fake.decided) {
    delivery.outcome = *fake.decided;
    delivery.message = fake.message;
    delivery.delay = fake.delay;
  } else if (status != BP_OK) {
    Fault fault = host_.fault_of(subscribed.name, status);
    delivery.outcome = Delivered::fault;
    delivery.status = fault.status;
    delivery.message = std::move(fault.message);
    delivery.details = std::move(fault.details);
  }
  return delivery;
}

// The next event that is due and not held back by one before it, taken out.
inline std::optional<FakeBus::Waiting> FakeBus::take_due(Subscribed& subscribed, const Tried& tried) const {
  std::set<std::string> held;
  for (auto one = subscribed.waiting.begin(); one != subscribed.waiting.end(); ++one) {
    const bool waits = one->due_us > now_us_ || tried.count({&subscribed, one->event}) != 0;
    const std::string& key = one->event->key;
    if (!waits && (key.empty() || subscribed.order == EventOrder::none || held.count(key) == 0)) {
      Waiting taken = std::move(*one);
      subscribed.waiting.erase(one);
      return taken;
    }
    if (subscribed.order == EventOrder::strict) return std::nullopt;
    held.insert(key);
  }
  return std::nullopt;
}

inline void FakeBus::settle(Subscribed& subscribed, Waiting waiting, Delivery& delivery) {
  if (subscribed.mode != DeliveryMode::durable) return;
  const std::uint32_t most = subscribed.most_attempts == 0 ? 10 : subscribed.most_attempts;
  const bool failed = delivery.outcome == Delivered::fault || delivery.outcome == Delivered::retry;
  delivery.dead_letter = delivery.outcome == Delivered::rejected || (failed && waiting.attempt >= most);
  if (delivery.outcome == Delivered::done || delivery.dead_letter) return;
  waiting.attempt += failed ? 1 : 0;
  waiting.due_us = now_us_ + delivery.delay.count();
  const auto later = [&](const Waiting& other) { return other.event->position > waiting.event->position; };
  subscribed.waiting.insert(std::find_if(subscribed.waiting.begin(), subscribed.waiting.end(), later), waiting);
}

inline std::vector<Delivery> FakeBus::run(DeliveryMode mode) {
  std::vector<Delivery> deliveries;
  Tried tried;
  std::unique_lock lock(mutex_);
  for (std::size_t called = 1; called > 0;) {
    called = 0;
    for (auto& subscribed : subscribed_) {
      const auto waiting = subscribed.mode == mode ? take_due(subscribed, tried) : std::nullopt;
      if (!waiting) continue;
      ++called;
      tried.insert({&subscribed, waiting->event});
      lock.unlock();
      Delivery delivery = call(subscribed, *waiting->event, waiting->attempt);
      lock.lock();
      settle(subscribed, *waiting, delivery);
      delivered_.push_back(delivery);
      deliveries.push_back(std::move(delivery));
    }
  }
  return deliveries;
}

inline void FakeBus::advance(std::chrono::microseconds by) {
  const std::lock_guard lock(mutex_);
  now_us_ += by.count();
}

inline std::vector<RegisteredSubscription> FakeBus::subscriptions() const {
  const std::lock_guard lock(mutex_);
  return {subscribed_.begin(), subscribed_.end()};
}

inline std::vector<PublishedEvent> FakeBus::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

inline std::vector<Delivery> FakeBus::delivered() const {
  const std::lock_guard lock(mutex_);
  return delivered_;
}

}  // namespace backplane::sdk::testing
