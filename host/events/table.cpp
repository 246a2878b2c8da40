#include "events/table.hpp"

#include <mutex>

#include "model/event_pattern.hpp"

namespace backplane::events {
namespace {

template <class F>
void each_subscription(const std::vector<std::shared_ptr<plugin::Instance>>& plugins, F visit) {
  for (const auto& instance : plugins)
    for (const plugin::Subscription& subscription : instance->subscriptions()) visit(subscription);
}

Matches find_matches(const std::vector<std::shared_ptr<plugin::Instance>>& plugins, std::string_view type) {
  Matches found;
  each_subscription(plugins, [&](const plugin::Subscription& subscription) {
    if (!model::matches(subscription.pattern, type)) return;
    switch (subscription.mode) {
      case plugin::Mode::sync: found.sync.push_back(&subscription); return;
      case plugin::Mode::background: found.background.push_back(&subscription); return;
      case plugin::Mode::durable: found.durable = true; return;
    }
  });
  return found;
}

}  // namespace

Table::Table(std::vector<std::shared_ptr<plugin::Instance>> plugins) : plugins_(std::move(plugins)) {}

const Matches& Table::matches(std::string_view type) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = known_.find(type); found != known_.end()) return *found->second;
  }
  auto made = std::make_unique<const Matches>(find_matches(plugins_, type));
  const std::unique_lock lock(mutex_);
  return *known_.try_emplace(std::string(type), std::move(made)).first->second;
}

bool Table::has_room_for(std::string_view type) const {
  const std::shared_lock lock(mutex_);
  return known_.size() < most_types || known_.contains(type);
}

Subscribers Table::all(plugin::Mode mode) const {
  Subscribers found;
  each_subscription(plugins_, [&](const plugin::Subscription& subscription) {
    if (subscription.mode == mode) found.push_back(&subscription);
  });
  return found;
}

std::string full_name(const plugin::Subscription& subscription) { return subscription.instance->id() + "/" + subscription.name; }

}  // namespace backplane::events
