#include <nlohmann/json.hpp>

#include "manifest/difference.hpp"

namespace backplane::manifest {
namespace {

std::string changed(const KeyChange& change) {
  if (change.before.empty() && change.after.empty()) return change.path + " changed";
  return change.path + ": " + change.before + " -> " + change.after;
}

std::string lines_of(const ListDifference& list, const std::string& what) {
  std::string text;
  for (const std::string& name : list.removed) text += what + name + ": removed\n";
  for (const std::string& name : list.added) text += what + name + ": added\n";
  for (const EntryChange& entry : list.changed)
    for (const KeyChange& key : entry.keys) text += what + entry.name + ": " + changed(key) + '\n';
  return text;
}

base::Json to_json(const KeyChange& change) {
  base::Json json{{"path", change.path}};
  if (change.before.empty() && change.after.empty()) return json;
  json["before"] = change.before;
  json["after"] = change.after;
  return json;
}

base::Json to_json(const std::vector<KeyChange>& changes) {
  base::Json list = base::Json::array();
  for (const KeyChange& change : changes) list.push_back(to_json(change));
  return list;
}

base::Json to_json(const ListDifference& list) {
  base::Json entries = base::Json::object();
  for (const EntryChange& entry : list.changed) entries[entry.name] = to_json(entry.keys);
  return {{"added", list.added}, {"removed", list.removed}, {"changed", std::move(entries)}};
}

}  // namespace

std::string to_text(const Difference& difference) {
  std::string text = lines_of(difference.types, "type ") + lines_of(difference.plugins, "plugin ");
  for (const Move& move : difference.moves)
    text += "plugin " + move.plugin + ": its hooks move " + (move.after.empty() ? "to the front" : "behind those of " + move.after) + '\n';
  for (const KeyChange& change : difference.limits) text += changed(change) + '\n';
  for (const KeyChange& change : difference.restart) text += changed(change) + " (needs a restart)\n";
  return text;
}

base::Json to_json(const Difference& difference) {
  base::Json plugins = to_json(difference.plugins);
  plugins["moved"] = base::Json::array();
  for (const Move& move : difference.moves) plugins["moved"].push_back({{"plugin", move.plugin}, {"after", move.after}});
  return {{"types", to_json(difference.types)},
          {"plugins", std::move(plugins)},
          {"limits", to_json(difference.limits)},
          {"restart", to_json(difference.restart)}};
}

}  // namespace backplane::manifest
