// What a consumer finds written down when it takes up: what waits, what is parked, what may have ended the last host.
#include <algorithm>

#include "base/log.hpp"
#include "events/consumer.hpp"

namespace backplane::events {

using store::DeliveryState;

void Consumer::restore(const std::vector<store::Delivery>& exceptions) {
  for (const store::Delivery& delivery : exceptions) restore_one(delivery);
  // Parked behind one that is no more: the first of them goes on.
  for (auto& [lane, parked] : parked_) {
    if (parked.positions.empty() || !queue_.block(parked.key)) continue;
    waiting_.emplace(parked.positions.front(), Waiting{0, parked.key, Holds::key});
    due_.push_back(parked.positions.front());
    parked.positions.pop_front();
    --parked_count_;
  }
}

void Consumer::restore_one(store::Delivery delivery) {
  if (delivery.state == DeliveryState::attempted && delivery.attempts >= std::min(limits_.most_kills, most_attempts())) give_up_killer(delivery);
  if (delivery.state == DeliveryState::attempted) suspects_.insert(delivery.position);
  if (delivery.position > cursor_.floor) {
    // Its turn is when it has been read, after those of its key that come before it and are to be repeated.
    known_.emplace(delivery.position, std::move(delivery));
    return;
  }
  if (delivery.state == DeliveryState::dead) return;
  if (delivery.state == DeliveryState::parked && queue_.is_ordered(delivery.key)) {
    Parked& parked = parked_[queue_.lane_of(delivery.key)];
    parked.key = delivery.key;
    parked.positions.push_back(delivery.position);
    ++parked_count_;
    return;
  }
  const Holds holds = queue_.block(delivery.key) ? Holds::key : Holds::nothing;
  if (holds == Holds::key) parked_[queue_.lane_of(delivery.key)].key = delivery.key;
  waiting_.insert_or_assign(delivery.position, Waiting{delivery.attempts, delivery.key, holds});
  times_.emplace(delivery.next_at, delivery.position);
}

void Consumer::give_up_killer(store::Delivery& delivery) {
  delivery.state = DeliveryState::dead;
  delivery.error = "the host ended during each of " + std::to_string(delivery.attempts) + " attempts";
  base::log_error("events", "subscription " + full_name(subscription_) + ": event " + std::to_string(delivery.position) +
                                " is a dead letter: " + delivery.error);
  ++dead_;
  progress_->put(delivery);
}

// What was written down, and is no longer in the log or no longer for this subscription.
void Consumer::forget_missing() {
  for (auto one = known_.begin(); one != known_.end() && one->first <= read_to_;) {
    if (open_.count(one->first) > 0) {
      ++one;
      continue;
    }
    if (one->second.state != DeliveryState::dead) progress_->remove(one->first);
    suspects_.erase(one->first);
    one = known_.erase(one);
  }
}

}  // namespace backplane::events
