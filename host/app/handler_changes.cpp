#include "app/handler_changes.hpp"

#include <algorithm>
#include <iterator>

namespace backplane::app {
namespace {

std::string described(const plugin::Hook& hook) {
  std::string text = "hook " + hook.name + ":";
  for (std::size_t i = 0; i < model::phase_count; ++i)
    if ((hook.phases & static_cast<std::uint32_t>(model::phase_at(i))) != 0)
      text.append(" ").append(model::name_of(model::phase_at(i)));
  text.append(" ").append(to_string(hook.actions)).append(" on");
  if (hook.types.empty()) text.append(" *");
  for (const std::string& type : hook.types) text.append(" ").append(type);
  return text;
}

std::string described(const plugin::Subscription& subscription) {
  return "subscription " + subscription.name + ": " + subscription.pattern + ", " +
         std::string(plugin::name_of(subscription.mode));
}

std::vector<std::string> handlers_of(const plugin::Instance& instance) {
  std::vector<std::string> all;
  for (const plugin::Hook& hook : instance.hooks()) all.push_back(described(hook));
  for (const plugin::Subscription& subscription : instance.subscriptions()) all.push_back(described(subscription));
  std::sort(all.begin(), all.end());
  return all;
}

void add_missing(std::vector<std::string>& to, const std::string& mark, const std::vector<std::string>& all,
                 const std::vector<std::string>& others) {
  std::vector<std::string> missing;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(), std::back_inserter(missing));
  for (const std::string& one : missing) to.push_back(mark + one);
}

}  // namespace

std::vector<std::string> handler_changes(const plugin::Instance& before, const plugin::Instance& after) {
  const auto old_ones = handlers_of(before), new_ones = handlers_of(after);
  std::vector<std::string> changes;
  add_missing(changes, "- ", old_ones, new_ones);
  add_missing(changes, "+ ", new_ones, old_ones);
  return changes;
}

}  // namespace backplane::app
