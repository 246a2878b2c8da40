#include "manifest/order.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>

namespace backplane::manifest {
namespace {

using Followers = std::vector<std::vector<std::size_t>>;  // of each plugin, those that come after it

Followers followers_of(const std::vector<PluginSettings>& plugins) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < plugins.size(); ++i) index.emplace(plugins[i].id, i);
  Followers followers(plugins.size());
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    for (const std::string& id : plugins[i].before)
      if (const auto other = index.find(id); other != index.end()) followers[i].push_back(other->second);
    for (const std::string& id : plugins[i].after)
      if (const auto other = index.find(id); other != index.end()) followers[other->second].push_back(i);
  }
  return followers;
}

// Every plugin that was not placed waits for another that was not: going from one to the one it waits for ends in a cycle.
std::vector<std::size_t> cycle_among(const Followers& followers, const std::vector<bool>& placed) {
  std::vector<std::size_t> waits_for(placed.size());
  for (std::size_t i = placed.size(); i-- > 0;)
    if (!placed[i])
      for (const std::size_t follower : followers[i]) waits_for[follower] = i;

  std::vector<std::size_t> walk;
  auto at = static_cast<std::size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin());
  while (std::find(walk.begin(), walk.end(), at) == walk.end()) {
    walk.push_back(at);
    at = waits_for[at];
  }
  walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), at));
  std::reverse(walk.begin(), walk.end());
  std::rotate(walk.begin(), std::min_element(walk.begin(), walk.end()), walk.end());
  return walk;
}

struct Sorted {
  std::vector<std::size_t> order;
  std::vector<std::size_t> cycle;
};

Sorted sort(const std::vector<PluginSettings>& plugins) {
  const Followers followers = followers_of(plugins);
  std::vector<std::size_t> waiting_for(plugins.size());
  for (const auto& list : followers)
    for (const std::size_t follower : list) ++waiting_for[follower];

  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < plugins.size(); ++i)
    if (waiting_for[i] == 0) ready.push(i);

  std::vector<std::size_t> order;
  std::vector<bool> placed(plugins.size());
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    placed[next] = true;
    for (const std::size_t follower : followers[next])
      if (--waiting_for[follower] == 0) ready.push(follower);
  }
  if (order.size() == plugins.size()) return {std::move(order), {}};
  return {{}, cycle_among(followers, placed)};
}

}  // namespace

base::Result<std::vector<std::size_t>> order_of(const std::vector<PluginSettings>& plugins) {
  auto [order, cycle] = sort(plugins);
  if (cycle.empty()) return std::move(order);
  std::string text;
  for (const std::size_t i : cycle) text += plugins[i].id + " -> ";
  return base::Error{base::Code::invalid_argument, "wanted an order of plugins, found a cycle: " + text + plugins[cycle.front()].id};
}

std::vector<std::size_t> cycle_in(const std::vector<PluginSettings>& plugins) { return sort(plugins).cycle; }

}  // namespace backplane::manifest
