// What differs between the manifest that a host runs and the one that is to be: what a reload does, and what it cannot do. Made
// from the table of keys (schema.hpp), so that no key is left out. Shown by `backplane plan`, applied by a reload.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "manifest/settings.hpp"

namespace backplane::manifest {

// One key with another value. The values as a manifest would say them; of a config, which may hold secrets, both are empty.
struct KeyChange {
  std::string path;  // "operations.deadline"; of a plugin or type from there: "grants.hooks"
  std::string before;
  std::string after;
};

// A plugin or a resource type that both have, with other keys.
struct EntryChange {
  std::string name;
  std::vector<KeyChange> keys;
};

// What was added, removed and changed of the plugins or of the resource types, by name, in the order of the manifest: of the
// running one what was removed, else of the new one.
struct ListDifference {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<EntryChange> changed;
};

// A plugin that stands elsewhere in the chains of hooks, of those that both have: the fewest whose moves make the new order.
struct Move {
  std::string plugin;
  std::string after;  // the plugin that it comes after now; empty: it is the first
};

struct Difference {
  ListDifference types;
  ListDifference plugins;
  std::vector<Move> moves;
  std::vector<KeyChange> limits;   // a reload applies them
  std::vector<KeyChange> restart;  // they need a restart

  bool empty() const;
};

// Both as read_manifest() gave them. That a plugin's file has other content is not seen here.
Difference difference_between(const Settings& running, const Settings& wanted);

// One line for each thing that differs, in the order of the members; empty: nothing does.
std::string to_text(const Difference& difference);

// {"types": {"added": [...], "removed": [...], "changed": {name: [{"path", "before", "after"}]}}, "plugins": {the same and
// "moved": [{"plugin", "after"}]}, "limits": [{"path", "before", "after"}], "restart": [...]}
base::Json to_json(const Difference& difference);

}  // namespace backplane::manifest
