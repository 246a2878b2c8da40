#include "manifest/apply.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/assertion.hpp"
#include "base/json_schema.hpp"
#include "manifest/convert.hpp"
#include "manifest/file.hpp"
#include "manifest/suggest.hpp"

namespace backplane::manifest {
namespace {

std::vector<std::string> names_of(std::span<const Key> keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.emplace_back(key.name);
  return names;
}

std::string below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + '.' + std::string(name);
}

std::string element(const std::string& path, std::size_t index) { return path + '[' + std::to_string(index) + ']'; }

class Application {
 public:
  Application(const Source& source, Problems& problems) : source_(source), problems_(problems) {}

  void section(std::span<const Key> keys, const Node& node, const std::string& path, void* owner) {
    if (node.kind != Node::Kind::map && node.kind != Node::Kind::null) {
      report(node, path, "wanted a map of keys, found " + found(node));
      return;
    }
    for (const Member& member : node.members) {
      if (problems_.full()) return;
      const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& known) { return known.name == member.key.text; });
      const std::string here = below(path, member.key.text);
      if (key != keys.end()) value(*key, member.value, here, owner);
      else report(member.key, here, "wanted a key that is known here, found " + in_quotes(member.key.text) + hint(member.key.text, names_of(keys)));
    }
    for (const Key& key : keys)
      if (node.find(key.name) == nullptr) absent(key, node, below(path, key.name), owner);
  }

 private:
  void report(const Node& at, const std::string& path, std::string message) {
    problems_.add({source_.name, at.line, at.column, path, std::move(message)});
  }

  void absent(const Key& key, const Node& section_node, const std::string& path, void* owner) {
    if (key.required) return report(section_node, path, "wanted a value, found none: this key is required");
    if (key.kind == Kind::section) return section(key.members, Node{}, path, key.access.enter(owner));
    if (key.fallback.empty()) return;
    Node written;
    written.kind = Node::Kind::scalar;
    written.text = key.fallback;
    value(key, written, path, owner);
  }

  void value(const Key& key, const Node& node, const std::string& path, void* owner) {
    if (node.broken) return;
    switch (key.kind) {
      case Kind::section: return section(key.members, node, path, key.access.enter(owner));
      case Kind::sections: return sections(key, node, path, owner);
      case Kind::include: return;  // read before: source.hpp
      case Kind::texts:
      case Kind::paths: return list(key, node, path, owner);
      case Kind::actions: return actions(key, node, path, owner);
      case Kind::document: return document(key, node, path, owner);
      case Kind::json_schema: return json_schema(key, node, path, owner);
      case Kind::boolean:
      case Kind::integer:
      case Kind::bytes:
      case Kind::duration:
      case Kind::text:
      case Kind::choice:
      case Kind::path:
      case Kind::data_path:
      case Kind::listen: break;
    }
    auto converted = convert_scalar(key, node, source_.folder);
    if (!converted) return report(node, path, converted.error().message);
    if (key.access.assign != nullptr) key.access.assign(owner, std::move(*converted));
  }

  void sections(const Key& key, const Node& node, const std::string& path, void* owner) {
    if (!is_list(node, path)) return;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      void* const appended = key.access.enter(owner);
      const std::string here = element(path, i);
      if (node.items[i].kind == Node::Kind::null) report(node.items[i], here, "wanted a map of keys, found nothing");
      else section(key.members, node.items[i], here, appended);
    }
  }

  bool is_list(const Node& node, const std::string& path) {
    const bool good = node.kind == Node::Kind::list || node.kind == Node::Kind::null;
    if (!good) report(node, path, "wanted a list, found " + found(node));
    return good;
  }

  void list(const Key& key, const Node& node, const std::string& path, void* owner) {
    if (!is_list(node, path)) return;
    std::vector<std::string> texts;
    std::vector<std::filesystem::path> paths;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      if (item.broken) continue;
      auto text = convert_text(key, item);
      if (!text) {
        report(item, element(path, i), text.error().message);
      } else if (!seen.insert(*text).second) {
        report(item, element(path, i), "wanted each once, found " + in_quotes(*text) + " a second time");
      } else {
        paths.push_back((source_.folder / *text).lexically_normal());
        texts.push_back(std::move(*text));
      }
    }
    if (key.kind == Kind::paths) key.access.assign(owner, std::move(paths));
    else key.access.assign(owner, std::move(texts));
  }

  void actions(const Key& key, const Node& node, const std::string& path, void* owner) {
    if (node.kind != Node::Kind::map && node.kind != Node::Kind::null)
      return report(node, path, "wanted a map of resource types (or \"*\") to lists of actions, found " + found(node));
    ActionsByType all;
    for (const Member& member : node.members) {
      const std::string here = below(path, member.key.text);
      if (!is_list(member.value, here)) continue;
      model::ActionSet set;
      for (std::size_t i = 0; i < member.value.items.size(); ++i) {
        const Node& item = member.value.items[i];
        if (item.broken || problems_.full()) continue;
        const auto named = convert_action(item);
        if (named) set = set | *named;
        else report(item, element(here, i), named.error().message);
      }
      all[member.key.text] = set;
    }
    key.access.assign(owner, std::move(all));
  }

  void document(const Key& key, const Node& node, const std::string& path, void* owner) {
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::map) return report(node, path, "wanted a map, found " + found(node));
    key.access.assign(owner, convert_document(node, path, source_, problems_));
  }

  void json_schema(const Key& key, const Node& node, const std::string& path, void* owner) {
    const auto name = convert_text(key, node);
    if (!name) return report(node, path, name.error().message);
    const base::JsonLimits limits;
    const auto refuse = [&](const base::Error& error) {
      report(node, path, "wanted a file that holds a JSON Schema, found " + in_quotes(*name) + ": " + error.message);
    };
    const auto text = read_file(source_.folder / *name, limits.bytes);
    if (!text) return refuse(text.error());
    auto schema = base::parse_json(*text, limits);
    if (!schema) return refuse(schema.error());
    if (const auto compiled = base::JsonSchema::compile(*schema); !compiled) return refuse(compiled.error());
    key.access.assign(owner, std::move(*schema));
  }

  const Source& source_;
  Problems& problems_;
};

}  // namespace

void apply(std::span<const Key> keys, const Source& source, Settings& settings, Problems& problems) {
  Application(source, problems).section(keys, source.root, "", &settings);
}

}  // namespace backplane::manifest
