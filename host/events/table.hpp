// Which subscriptions an event of a type reaches, in which order: one immutable table, made from the plugins in their order. Whoever
// delivers an event holds the table that it began with to the end.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugin/instance.hpp"
#include "plugin/lineup.hpp"
#include "plugin/stay.hpp"

namespace backplane::events {

using Subscribers = std::vector<const plugin::Subscription*>;

// The subscriptions that one type reaches, by mode, each in the order registered.
struct Matches {
  Subscribers sync;
  plugin::Company plugins;                 // of them
  const plugin::Lineup* lineup = nullptr;  // the same, laid out; null: there are none, or a gate is on the way
  Subscribers background;
  bool durable = false;  // whether a durable one is among them: those are reached by way of the log
};

class Table : public std::enable_shared_from_this<Table> {
 public:
  // `plugins` in their order; within a plugin in the order registered. What reaches `closed` has no lineup: its gate is closed.
  explicit Table(std::vector<std::shared_ptr<plugin::Instance>> plugins, const plugin::Instance* closed = nullptr);

  // Any thread. The matches stay as long as the table. What was found for a type is remembered, for most_remembered of them: callers
  // could think of endlessly many. Beyond them it is found anew each time.
  static constexpr std::size_t most_remembered = 100'000;
  const Matches& matches(std::string_view type) const;

  // The same, out of this thread's memory of what it asked for lately.
  const Matches& matches_again(std::string_view type) const;

  // All of one mode, in order.
  Subscribers all(plugin::Mode mode) const;

  const std::vector<std::shared_ptr<plugin::Instance>>& plugins() const { return plugins_; }
  const plugin::Company& company() const { return company_; }  // the same but for the closed one

 private:
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Subscribers find_reached(std::string_view type) const;
  const Matches& matches_of(const Subscribers& reached) const;
  const plugin::Lineup* lineup_of(const Matches& matches) const;

  const std::uint64_t number_;  // no other table has it
  const std::vector<std::shared_ptr<plugin::Instance>> plugins_;
  plugin::Company company_;
  const plugin::Instance* const closed_;
  mutable std::shared_mutex mutex_;
  mutable std::map<Subscribers, plugin::Lineup> lineups_;
  // By the subscriptions that are reached, of all modes: no more of them than patterns make.
  mutable std::map<Subscribers, Matches> matches_;
  mutable std::unordered_map<std::string, const Matches*, TextHash, std::equal_to<>> known_;  // by type
};

// The name under which a subscription is known outside of its plugin: "<plugin id>/<name>".
std::string full_name(const plugin::Subscription& subscription);

}  // namespace backplane::events
