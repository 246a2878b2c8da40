#include "manifest/difference.hpp"

#include <algorithm>
#include <map>

#include "base/assertion.hpp"
#include "manifest/order.hpp"
#include "manifest/schema.hpp"
#include "manifest/value_text.hpp"

namespace backplane::manifest {
namespace {

// Calls found(key, change) for each key below `keys` whose values differ between the two owners.
template <class Found>
void compare(std::span<const Key> keys, const void* running, const void* wanted, const std::string& path, const Found& found) {
  for (const Key& key : keys) {
    const std::string here = path + std::string(key.name);
    if (key.access.look != nullptr) compare(key.members, key.access.look(running), key.access.look(wanted), here + '.', found);
    if (key.access.read == nullptr) continue;
    const auto before = key.access.read(running);
    const auto after = key.access.read(wanted);
    if (before != after) found(key, KeyChange{here, to_text(key, before), to_text(key, after)});
  }
}

std::span<const Key> members_of(std::string_view section) {
  for (const Key& key : manifest_keys())
    if (key.name == section) return key.members;
  BACKPLANE_ASSERT(false);
  return {};
}

// The file that a plugin's name stands for may be another one although the name is the same.
void compare_files(const PluginSettings& running, const PluginSettings& wanted, std::vector<KeyChange>& changes) {
  if (running.library == wanted.library && running.library_path != wanted.library_path)
    changes.push_back({"library", running.library_path.string(), wanted.library_path.string()});
}

void compare_files(const ResourceType&, const ResourceType&, std::vector<KeyChange>&) {}

template <class Entry>
ListDifference compare_lists(std::span<const Key> keys, std::string Entry::* name, const std::vector<Entry>& running,
                             const std::vector<Entry>& wanted) {
  std::map<std::string_view, const Entry*> old_entries;
  for (const Entry& entry : running) old_entries.emplace(entry.*name, &entry);
  ListDifference difference;
  for (const Entry& entry : wanted) {
    const auto old_entry = old_entries.find(entry.*name);
    if (old_entry == old_entries.end()) {
      difference.added.push_back(entry.*name);
      continue;
    }
    EntryChange change{entry.*name, {}};
    compare_files(*old_entry->second, entry, change.keys);
    compare(keys, old_entry->second, &entry, "", [&](const Key&, KeyChange found) { change.keys.push_back(std::move(found)); });
    if (!change.keys.empty()) difference.changed.push_back(std::move(change));
    old_entries.erase(old_entry);
  }
  for (const Entry& entry : running)
    if (old_entries.contains(entry.*name)) difference.removed.push_back(entry.*name);
  return difference;
}

// The plugins in the order of their hooks.
std::vector<std::string> lineup_of(const Settings& settings) {
  std::vector<std::string> ids;
  const auto order = order_of(settings.plugins);
  if (!order) return ids;  // such a manifest is refused when it is read
  for (const std::size_t index : *order) ids.push_back(settings.plugins[index].id);
  return ids;
}

// Of the numbers, all different, which to leave where they are: a longest run of them that rises.
std::vector<bool> longest_rising(const std::vector<std::size_t>& numbers) {
  std::vector<std::size_t> length(numbers.size(), 1);
  std::vector<std::size_t> previous(numbers.size());
  std::size_t last = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    previous[i] = i;
    for (std::size_t j = 0; j < i; ++j) {
      if (numbers[j] > numbers[i] || length[j] < length[i]) continue;
      length[i] = length[j] + 1;
      previous[i] = j;
    }
    if (length[i] > length[last]) last = i;
  }
  std::vector<bool> rising(numbers.size());
  if (numbers.empty()) return rising;
  for (std::size_t i = last;; i = previous[i]) {
    rising[i] = true;
    if (previous[i] == i) return rising;
  }
}

std::vector<Move> moves_between(const Settings& running, const Settings& wanted) {
  std::map<std::string, std::size_t> old_places;
  for (const std::string& id : lineup_of(running)) old_places.emplace(id, old_places.size());
  const std::vector<std::string> lineup = lineup_of(wanted);
  std::vector<std::size_t> places;  // of those that both have
  for (const std::string& id : lineup)
    if (const auto place = old_places.find(id); place != old_places.end()) places.push_back(place->second);
  const std::vector<bool> stays = longest_rising(places);
  std::vector<Move> moves;
  std::size_t shared = 0;
  for (std::size_t i = 0; i < lineup.size(); ++i)
    if (old_places.contains(lineup[i]) && !stays[shared++]) moves.push_back({lineup[i], i == 0 ? "" : lineup[i - 1]});
  return moves;
}

bool is_empty(const ListDifference& list) { return list.added.empty() && list.removed.empty() && list.changed.empty(); }

}  // namespace

bool Difference::empty() const {
  return is_empty(types) && is_empty(plugins) && moves.empty() && limits.empty() && restart.empty();
}

Difference difference_between(const Settings& running, const Settings& wanted) {
  Difference difference;
  difference.types = compare_lists(members_of("resources"), &ResourceType::type, running.resources, wanted.resources);
  difference.plugins = compare_lists(members_of("plugins"), &PluginSettings::id, running.plugins, wanted.plugins);
  difference.moves = moves_between(running, wanted);
  compare(manifest_keys(), &running, &wanted, "", [&](const Key& key, KeyChange change) {
    (key.at_reload ? difference.limits : difference.restart).push_back(std::move(change));
  });
  return difference;
}

}  // namespace backplane::manifest
