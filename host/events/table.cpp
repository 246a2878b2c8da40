#include "events/table.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/lately.hpp"
#include "base/per_thread.hpp"
#include "model/event_pattern.hpp"

namespace backplane::events {
namespace {

template <class F>
void each_subscription(const std::vector<std::shared_ptr<plugin::Instance>>& plugins, F visit) {
  for (const auto& instance : plugins)
    for (const plugin::Subscription& subscription : instance->subscriptions()) visit(subscription);
}

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

using AskedLately = base::Lately<const Matches*>;

AskedLately& asked_lately() {
  static const auto* const all = new base::PerThread<AskedLately>();
  return all->get();
}

}  // namespace

Table::Table(std::vector<std::shared_ptr<plugin::Instance>> plugins, const plugin::Instance* closed)
    : number_(next_number()), plugins_(std::move(plugins)), closed_(closed) {
  for (const auto& instance : plugins_)
    if (instance.get() != closed) company_.push_back(instance.get());
}

Subscribers Table::find_reached(std::string_view type) const {
  Subscribers found;
  each_subscription(plugins_, [&](const plugin::Subscription& subscription) {
    if (model::matches(subscription.pattern, type)) found.push_back(&subscription);
  });
  return found;
}

// The mutex is held by the caller, here and in the next one.
const Matches& Table::matches_of(const Subscribers& reached) const {
  const auto [place, is_new] = matches_.try_emplace(reached);
  Matches& made = place->second;
  if (!is_new) return made;
  for (const plugin::Subscription* const subscription : reached) {
    switch (subscription->mode) {
      case plugin::Mode::sync:
        made.sync.push_back(subscription);
        if (made.plugins.empty() || made.plugins.back() != subscription->instance) made.plugins.push_back(subscription->instance);
        break;
      case plugin::Mode::background: made.background.push_back(subscription); break;
      case plugin::Mode::durable: made.durable = true; break;
    }
  }
  made.lineup = lineup_of(made);
  return made;
}

const plugin::Lineup* Table::lineup_of(const Matches& matches) const {
  if (matches.sync.empty() || std::find(matches.plugins.begin(), matches.plugins.end(), closed_) != matches.plugins.end())
    return nullptr;
  return &lineups_.try_emplace(matches.sync, matches.sync).first->second;
}

const Matches& Table::matches(std::string_view type) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = known_.find(type); found != known_.end()) return *found->second;
  }
  const Subscribers reached = find_reached(type);
  const std::unique_lock lock(mutex_);
  const Matches& found = matches_of(reached);
  if (known_.size() < most_remembered) known_.try_emplace(std::string(type), &found);
  return found;
}

const Matches& Table::matches_again(std::string_view type) const {
  AskedLately& lately = asked_lately();
  if (const auto* const found = lately.find(number_, type)) [[likely]]
    return **found;
  return *lately.remember(number_, type, &matches(type));
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
