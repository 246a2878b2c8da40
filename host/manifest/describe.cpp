#include "manifest/describe.hpp"

#include <nlohmann/json.hpp>

#include "manifest/convert.hpp"
#include "manifest/schema.hpp"

namespace backplane::manifest {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr std::string_view duration_pattern = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?$";
constexpr std::string_view bytes_pattern = "^[0-9]+(B|KB|MB|GB|KiB|MiB|GiB)$";
constexpr std::string_view listen_pattern = R"(^(127\.[0-9.]+|\[::1\]):[0-9]{1,5}$)";
constexpr std::string_view reference_pattern = R"(\$\{)";

// ---- JSON Schema ----

// A scalar may always be a reference to the environment instead.
Ordered or_reference(Ordered schema) { return {{"anyOf", {std::move(schema), {{"type", "string"}, {"pattern", reference_pattern}}}}}; }

Ordered text_matching(std::string_view pattern) {
  Ordered text{{"type", "string"}, {"minLength", 1}};
  if (pattern.empty()) return text;
  text["pattern"] = pattern;
  return or_reference(std::move(text));
}

Ordered list_of(Ordered items) { return {{"type", {"array", "null"}}, {"items", std::move(items)}, {"uniqueItems", true}}; }

Ordered names_of(std::span<const std::string_view> names) {
  Ordered list = Ordered::array();
  for (const auto name : names) list.push_back(name);
  return list;
}

Ordered schema_of_section(std::span<const Key> keys, bool may_be_absent);

Ordered schema_of_value(const Key& key) {
  switch (key.kind) {
    case Kind::boolean: return or_reference({{"type", "boolean"}});
    case Kind::integer: {
      Ordered integer{{"type", "integer"}, {"minimum", key.least}};
      if (key.most != INT64_MAX) integer["maximum"] = key.most;
      return or_reference(std::move(integer));
    }
    case Kind::bytes: return text_matching(bytes_pattern);
    case Kind::duration: return text_matching(duration_pattern);
    case Kind::listen: return text_matching(listen_pattern);
    case Kind::choice: return or_reference({{"enum", names_of(key.choices)}});
    case Kind::text:
    case Kind::path:
    case Kind::data_path:
    case Kind::json_schema: return text_matching(key.pattern);
    case Kind::texts:
    case Kind::paths: return list_of(text_matching(key.pattern));
    case Kind::include: return {{"anyOf", {text_matching(""), list_of(text_matching(""))}}};
    case Kind::actions: {
      const auto actions = list_of(or_reference({{"enum", names_of(model::names_of_actions())}}));
      return {{"type", {"object", "null"}}, {"additionalProperties", actions}};
    }
    case Kind::document: return {{"type", {"object", "null"}}};
    case Kind::section: return schema_of_section(key.members, true);
    case Kind::sections: return {{"type", {"array", "null"}}, {"items", schema_of_section(key.members, false)}};
  }
  return {};
}

Ordered default_of(const Key& key) {
  if (key.kind == Kind::boolean) return key.fallback == "true";
  if (key.kind == Kind::integer) return Ordered::parse(key.fallback, nullptr, false);
  return key.fallback;
}

Ordered schema_of_section(std::span<const Key> keys, bool may_be_absent) {
  Ordered properties = Ordered::object();
  Ordered required = Ordered::array();
  for (const Key& key : keys) {
    Ordered property{{"description", key.description}};
    property.update(schema_of_value(key));
    if (!key.fallback.empty()) property["default"] = default_of(key);
    properties[std::string(key.name)] = std::move(property);
    if (key.required) required.push_back(key.name);
  }
  Ordered schema{{"type", "object"}};
  if (may_be_absent) schema["type"] = {"object", "null"};
  schema["properties"] = std::move(properties);
  schema["additionalProperties"] = false;
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// ---- reference page ----

std::string type_of(const Key& key) {
  const auto range = [&](const std::string& name) {
    if (key.most == INT64_MAX) return name + (key.least > 0 ? ", at least " + written(key.kind, key.least) : "");
    if (key.least == key.most) return name + ", " + written(key.kind, key.least);
    return name + ", " + written(key.kind, key.least) + " to " + written(key.kind, key.most);
  };
  switch (key.kind) {
    case Kind::boolean: return "true or false";
    case Kind::integer: return range("whole number");
    case Kind::bytes: return range("size");
    case Kind::duration: return range("duration");
    case Kind::text: return key.pattern.empty() ? "text" : "text `" + std::string(key.pattern) + "`";
    case Kind::choice: {
      std::string names;
      for (const auto name : key.choices) names += (names.empty() ? "`" : ", `") + std::string(name) + '`';
      return (key.choices.size() == 1 ? "only " : "one of ") + names;
    }
    case Kind::path:
    case Kind::data_path: return "path";
    case Kind::listen: return "address";
    case Kind::texts: return "list of texts `" + std::string(key.pattern) + "`";
    case Kind::paths: return "list of paths";
    case Kind::actions: return "map of resource types, or `\"*\"`, to lists of actions";
    case Kind::json_schema: return "path";
    case Kind::document: return "map";
    case Kind::include: return "path, pattern or list of these";
    case Kind::section: return "map, see below";
    case Kind::sections: return "list of maps, see below";
  }
  return "";
}

// In a table a bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

std::string default_text(const Key& key) {
  if (key.required) return "required";
  if (!key.fallback.empty()) return '`' + std::string(key.fallback) + '`';
  return std::string(key.otherwise);
}

void add_section(std::string& page, const std::string& title, std::string_view description, std::span<const Key> keys,
                 const std::string& path) {
  page += "\n## " + title + "\n\n";
  if (!description.empty()) page += std::string(description) + "\n\n";
  page += "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : keys)
    page += "| `" + std::string(key.name) + "` | " + cell(type_of(key)) + " | " + cell(default_text(key)) + " | " + cell(key.description) +
            (key.at_reload ? " †" : "") + " |\n";
  for (const Key& key : keys) {
    if (key.members.empty()) continue;
    const std::string name = path + std::string(key.name) + (key.kind == Kind::sections ? "[]" : "");
    add_section(page, '`' + name + '`', key.description, key.members, name + '.');
  }
}

std::string fragment_key_names() {
  std::string names;
  for (const Key& key : fragment_keys()) names += (names.empty() ? "`" : ", `") + std::string(key.name) + '`';
  return names;
}

std::string action_names() {
  std::string names;
  for (const auto name : model::names_of_actions()) {
    names += (names.empty() ? "`" : ", `") + std::string(name) + '`';
    const auto set = *model::actions_named(name);
    if (model::to_string(set) != name) names += " (" + model::to_string(set) + ")";
  }
  return names;
}

constexpr std::string_view opening = R"(# Manifest reference

Made from the table that the host checks a manifest against: `backplane manifest reference` prints this page,
`backplane manifest schema` the JSON Schema for editors (`manifest.schema.json` beside this page). In an editor with the YAML
language server, put this line at the top of a manifest:

    # yaml-language-server: $schema=manifest.schema.json

`backplane check <manifest>` reports everything that is wrong with a manifest, each as
`file:line:column: path: wanted ..., found ...`.

A reload of the running host applies changes of `resources`, of `plugins` and of the keys marked †. All others need a restart.
)";

constexpr std::string_view values = R"(
## Values

**Durations** are whole numbers with units, from the largest to the smallest: `200ms`, `5s`, `1m30s`. Units: `d`, `h`, `m`, `s`,
`ms`, `us`. **Sizes** have one unit: `B`, `KB`, `MB`, `GB` are powers of 1000, `KiB`, `MiB`, `GiB` of 1024. A unit is always needed.

**Paths** are relative to the file that they stand in, unless the key says otherwise.

**Environment.** In every value, `${NAME}` is replaced by the environment variable, which must be set; `${NAME:-default}` has a
default for one that is not set or empty. `$$` is a dollar sign; so is any other that is not followed by a brace. Nothing is replaced
in keys, in comments, or in what was put in. In a `config`, a value that is not in quotes gets its type after the replacement:
`port: ${PORT}` is a number, `port: "${PORT}"` a text. Inside `{ }` and `[ ]`, YAML needs the quotes.

**Secrets.** In a `config`, a text `file:<path>` is replaced by the content of the file, without the line break at its end: at most
64 KiB, UTF-8. A file that everybody may read is refused. `file://` URLs stay as they are.

**Types** in a `config` are those of YAML 1.2: `true`, `false`, `null`, numbers; `yes`, `no`, `on`, `off` and whatever is in quotes are
texts.

**Not used from YAML:** tags, merge keys (`<<`), several documents, keys that occur twice, tabs before the first character of a line.
Anchors and aliases of whole values work. A file has at most 1 MiB and 64 levels.
)";

}  // namespace

std::string manifest_reference() {
  std::string page(opening);
  page += values;
  page += "\n**Actions** and groups of them: " + action_names() + ".\n";
  page += "\n## Fragments\n\nAn included file may hold " + fragment_key_names() +
          ". Its resources, folders and plugins come after those of the file that includes it; the files of one include are "
          "read in the order of their names. A file that is included twice is an error.\n";
  add_section(page, "Top level", "", manifest_keys(), "");
  return page;
}

std::string manifest_json_schema() {
  Ordered schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Backplane manifest"}};
  schema.update(schema_of_section(manifest_keys(), false));
  return schema.dump(2) + '\n';
}

}  // namespace backplane::manifest
