#include "manifest/check.hpp"

#include <algorithm>
#include <map>

#include "manifest/library.hpp"
#include "manifest/order.hpp"
#include "manifest/scalar.hpp"
#include "manifest/suggest.hpp"

namespace backplane::manifest {
namespace {

// An element of a list of sections: where it was read.
struct Entry {
  const Source* source;
  const Node* node;
  std::string path;
};

std::vector<Entry> entries_of(const std::vector<Source>& sources, std::string_view list) {
  std::vector<Entry> entries;
  for (const Source& source : sources) {
    const Node* const node = source.root.find(list);
    if (node == nullptr) continue;
    for (std::size_t i = 0; i < node->items.size(); ++i)
      entries.push_back({&source, &node->items[i], std::string(list) + '[' + std::to_string(i) + ']'});
  }
  return entries;
}

class Check {
 public:
  Check(const std::vector<Source>& sources, Settings& settings, Problems& problems)
      : sources_(sources), settings_(settings), problems_(problems), types_(entries_of(sources, "resources")),
        plugins_(entries_of(sources, "plugins")) {}

  void all() {
    for (const ResourceType& resource : settings_.resources) type_names_.push_back(resource.type);
    for (const PluginSettings& plugin : settings_.plugins) plugin_ids_.push_back(plugin.id);
    unique(types_, type_names_, "type");
    unique(plugins_, plugin_ids_, "id");
    limits();
    for (std::size_t i = 0; i < plugins_.size(); ++i) plugin(plugins_[i], settings_.plugins[i]);
    if (ids_are_good_) order();
  }

 private:
  void report(const Entry& entry, const Node& at, const std::string& below, std::string message) {
    problems_.add({entry.source->name, at.line, at.column, entry.path + below, std::move(message)});
  }

  void unique(const std::vector<Entry>& entries, const std::vector<std::string>& names, const std::string& key) {
    std::map<std::string, const Entry*> seen;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (names[i].empty()) continue;
      const auto [first, is_new] = seen.emplace(names[i], &entries[i]);
      if (is_new) continue;
      const Entry& other = *first->second;
      ids_are_good_ = false;
      report(entries[i], *entries[i].node->find(key), '.' + key,
             "wanted a name of its own, found " + in_quotes(names[i]) + ", which " + other.source->name + ':' +
                 std::to_string(other.node->line) + ':' + std::to_string(other.node->column) + " has");
    }
  }

  // Reports at the key itself, or at its section, or at the top, whichever is written.
  void report_setting(std::string_view section, std::string_view key, std::string message) {
    const Source& source = sources_.front();
    const Node* const parent = source.root.find(section);
    const Node* const node = parent == nullptr ? nullptr : parent->find(key);
    const Node& at = node != nullptr ? *node : parent != nullptr ? *parent : source.root;
    problems_.add({source.name, at.line, at.column, std::string(section) + '.' + std::string(key), std::move(message)});
  }

  void limits() {
    const OperationSettings& operations = settings_.operations;
    if (operations.budget.count() > 0 && operations.deadline > operations.budget)
      report_setting("operations", "deadline", "wanted at most operations.budget (" + to_text(operations.budget) + "), found " + to_text(operations.deadline));
    if (operations.max_workers > 0 && operations.workers > operations.max_workers)
      report_setting("operations", "workers", "wanted at most operations.max_workers (" + std::to_string(operations.max_workers) + "), found " + std::to_string(operations.workers));
  }

  void plugin(const Entry& entry, PluginSettings& plugin) {
    const Node& node = *entry.node;
    plugin.where = entry.source->name + ':' + std::to_string(node.line) + ':' + std::to_string(node.column);
    const Node* const order = node.find("order");
    const Node* const grants = node.find("grants");
    for (const char* key : {"before", "after"})
      if (order != nullptr) others(entry, order->find(key), std::string(".order.") + key, plugin.id);
    for (const char* key : {"resources", "hooks"})
      if (grants != nullptr) types(entry, grants->find(key), std::string(".grants.") + key);
    if (settings_.operations.budget.count() > 0 && plugin.deadline && *plugin.deadline > settings_.operations.budget)
      report(entry, *node.find("deadline"), ".deadline",
             "wanted at most operations.budget (" + to_text(settings_.operations.budget) + "), found " + to_text(*plugin.deadline));
    library(entry, plugin);
  }

  void others(const Entry& entry, const Node* list, const std::string& below, const std::string& own) {
    if (list == nullptr) return;
    std::vector<std::string> known;
    std::copy_if(plugin_ids_.begin(), plugin_ids_.end(), std::back_inserter(known),
                 [&](const std::string& id) { return !id.empty() && id != own; });
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const Node& item = list->items[i];
      if (item.kind != Node::Kind::scalar || item.broken || item.text.empty() || problems_.full()) continue;
      const std::string here = below + '[' + std::to_string(i) + ']';
      if (item.text == own) {
        report(entry, item, here, "wanted another plugin, found this one");
        ids_are_good_ = false;
      } else if (std::find(known.begin(), known.end(), item.text) == known.end()) {
        report(entry, item, here, "wanted the id of a plugin, found " + in_quotes(item.text) + hint(item.text, known));
      }
    }
  }

  void types(const Entry& entry, const Node* map, const std::string& below) {
    if (map == nullptr) return;
    for (const Member& member : map->members) {
      const std::string& type = member.key.text;
      if (problems_.full()) return;
      if (type == "*" || std::find(type_names_.begin(), type_names_.end(), type) != type_names_.end()) continue;
      report(entry, member.key, below + '.' + type, "wanted a resource type or \"*\", found " + in_quotes(type) + hint(type, type_names_));
    }
  }

  void library(const Entry& entry, PluginSettings& plugin) {
    if (plugin.library.empty()) return;
    auto path = find_library(plugin.library, entry.source->folder, settings_.plugin_dirs);
    if (path) plugin.library_path = std::move(*path);
    else if (plugin.required) report(entry, *entry.node->find("library"), ".library", path.error().message);
  }

  void order() {
    const auto sorted = order_of(settings_.plugins);
    if (sorted) return;
    const auto cycle = cycle_in(settings_.plugins);
    const auto constrained = std::find_if(cycle.begin(), cycle.end(), [&](std::size_t i) { return plugins_[i].node->find("order") != nullptr; });
    const Entry& entry = plugins_[*constrained];
    report(entry, *entry.node->find("order"), ".order", sorted.error().message);
  }

  const std::vector<Source>& sources_;
  Settings& settings_;
  Problems& problems_;
  std::vector<Entry> types_;
  std::vector<Entry> plugins_;
  std::vector<std::string> type_names_;
  std::vector<std::string> plugin_ids_;
  bool ids_are_good_ = true;
};

}  // namespace

void check_references(const std::vector<Source>& sources, Settings& settings, Problems& problems) {
  Check(sources, settings, problems).all();
}

}  // namespace backplane::manifest
