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

Matches Table::find_matches(std::string_view type) const {
  Matches found;
  each_subscription(plugins_, [&](const plugin::Subscription& subscription) {
    if (!model::matches(subscription.pattern, type)) return;
    switch (subscription.mode) {
      case plugin::Mode::sync:
        found.sync.push_back(&subscription);
        if (found.plugins.empty() || found.plugins.back() != subscription.instance) found.plugins.push_back(subscription.instance);
        return;
      case plugin::Mode::background: found.background.push_back(&subscription); return;
      case plugin::Mode::durable: found.durable = true; return;
    }
  });
  return found;
}

// The mutex is held by the caller.
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
  auto made = std::make_unique<Matches>(find_matches(type));
  const std::unique_lock lock(mutex_);
  made->lineup = lineup_of(*made);
  return *known_.try_emplace(std::string(type), std::move(made)).first->second;
}

const Matches& Table::matches_again(std::string_view type) const {
  AskedLately& lately = asked_lately();
  if (const auto* const found = lately.find(number_, type)) [[likely]]
    return **found;
  return *lately.remember(number_, type, &matches(type));
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
