#include "hooks/chain.hpp"

namespace backplane::hooks {
namespace {

const Chain no_handlers;

}  // namespace

Table::Table(std::vector<std::shared_ptr<plugin::Instance>> plugins, const std::vector<std::string>& types)
    : plugins_(std::move(plugins)) {
  for (const std::string& type : types) types_.try_emplace(type);
  for (const auto& instance : plugins_) {
    for (const plugin::Hook& hook : instance->hooks()) {
      for (const std::string& type : hook.types.empty() ? types : hook.types) add(hook, type);
    }
  }
}

void Table::add(const plugin::Hook& hook, const std::string& type) {
  const auto chains = types_.find(type);
  if (chains == types_.end()) return;
  for (std::size_t a = 0; a < model::action_count; ++a) {
    if (!hook.actions.contains(model::action_at(a))) continue;
    for (std::size_t p = 0; p < model::phase_count; ++p) {
      if ((hook.phases & static_cast<std::uint32_t>(model::phase_at(p))) == 0) continue;
      // A type named twice by one hook is one type.
      Handlers& handlers = chains->second[a].phases_[p];
      if (handlers.empty() || handlers.back() != &hook) handlers.push_back(&hook);
      plugin::Company& plugins = chains->second[a].plugins_;
      if (plugins.empty() || plugins.back() != hook.instance) plugins.push_back(hook.instance);
    }
  }
}

const Chain& Table::chain(model::Action action, std::string_view type) const {
  const auto chains = types_.find(type);
  return chains == types_.end() ? no_handlers : chains->second[model::index_of(action)];
}

}  // namespace backplane::hooks
