#include "plugin/lineup.hpp"

#include "plugin/instance.hpp"

namespace backplane::plugin {

Lineup::Lineup(std::vector<const Subscription*> subscriptions) : subscriptions_(std::move(subscriptions)) {
  for (const Subscription* const one : subscriptions_) {
    calls_.push_back({one->function, one->user_data, one, one->instance->serial() ? 0u : 1u});
    one->counts->delivered.share(events_);
  }
  for (std::size_t i = calls_.size(); i-- > 1;) {
    Call& before = calls_[i - 1];
    const Call& next = calls_[i];
    if (before.row != 0 && next.row != 0 && before.subscription->deadline == next.subscription->deadline)
      before.row = next.row + 1;
  }
}

Lineup::~Lineup() {
  for (const Subscription* const one : subscriptions_) one->counts->delivered.end_share(events_);
}

}  // namespace backplane::plugin
