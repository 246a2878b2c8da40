// Which handlers run for an action on a resource type, in which order: one immutable table, made from the plugins in their
// order. An operation holds the table that it began with to its end.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/action.hpp"
#include "plugin/instance.hpp"
#include "plugin/stay.hpp"

namespace backplane::hooks {

using Handlers = std::vector<const plugin::Hook*>;

// The handlers of one action on one type, by phase.
class Chain {
 public:
  const Handlers& of(model::Phase phase) const { return phases_[model::index_of(phase)]; }
  const plugin::Company& plugins() const { return plugins_; }
  bool empty() const { return plugins_.empty(); }

 private:
  friend class Table;
  std::array<Handlers, model::phase_count> phases_;
  plugin::Company plugins_;
};

class Table {
 public:
  // `plugins` in the order in which their hooks run; within a plugin in the order registered. `types` are the declared
  // resource types.
  Table(std::vector<std::shared_ptr<plugin::Instance>> plugins, const std::vector<std::string>& types);

  // An undeclared type has an empty chain.
  const Chain& chain(model::Action action, std::string_view type) const;

 private:
  using Chains = std::array<Chain, model::action_count>;
  void add(const plugin::Hook& hook, const std::string& type);

  std::vector<std::shared_ptr<plugin::Instance>> plugins_;
  std::map<std::string, Chains, std::less<>> types_;
};

}  // namespace backplane::hooks
