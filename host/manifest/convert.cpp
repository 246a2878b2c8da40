#include "manifest/convert.hpp"

#include <nlohmann/json.hpp>

#include "manifest/file.hpp"
#include "manifest/suggest.hpp"
#include "model/name.hpp"

namespace backplane::manifest {
namespace {

constexpr std::size_t most_secret_bytes = 64 << 10;

base::Error wrong(std::string message) { return {base::Code::invalid_argument, std::move(message)}; }

// A number in quotes is a text, unless it came out of the environment.
bool is_plain(const Node& node) { return !node.quoted || node.substituted; }

base::Result<Value> in_range(const Key& key, const Node& node, std::int64_t value) {
  if (value < key.least || value > key.most) {
    std::string range = key.most == INT64_MAX ? "at least " + written(key.kind, key.least)
                        : key.least == key.most ? written(key.kind, key.least)
                                                : written(key.kind, key.least) + " to " + written(key.kind, key.most);
    return wrong("wanted " + range + ", found " + in_quotes(node.text));
  }
  if (key.kind == Kind::duration) return Value(Duration(value));
  return Value(value);
}

base::Result<Value> convert_boolean(const Node& node) {
  const auto value = base::Result<base::Json>(parse_plain(node.text));
  if (!value || !value->is_boolean() || !is_plain(node)) return wrong("wanted true or false, found " + in_quotes(node.text));
  return Value(value->get<bool>());
}

base::Result<Value> convert_choice(const Key& key, const Node& node) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < key.choices.size(); ++i) {
    if (key.choices[i] == node.text) return Value(Choice{static_cast<std::int64_t>(i), key.choices[i]});
    names.emplace_back(key.choices[i]);
  }
  std::string wanted;
  for (const std::string& name : names) wanted += (wanted.empty() ? "" : name == names.back() ? " or " : ", ") + name;
  const auto near = nearest(node.text, names);
  return wrong("wanted " + wanted + ", found " + in_quotes(node.text) + (near ? "; did you mean \"" + *near + "\"?" : ""));
}

}  // namespace

std::string written(Kind kind, std::int64_t value) {
  if (kind == Kind::bytes) return bytes_to_text(value);
  if (kind == Kind::duration) return to_text(Duration(value));
  return std::to_string(value);
}

base::Result<Value> convert_scalar(const Key& key, const Node& node, const std::filesystem::path& folder) {
  if (key.kind == Kind::integer && !(node.kind == Node::Kind::scalar && is_plain(node)))
    return wrong("wanted a whole number, found " + (node.kind == Node::Kind::scalar ? "the text " : std::string()) + found(node));
  BACKPLANE_TRY(auto text, convert_text(key, node));
  switch (key.kind) {
    case Kind::boolean: return convert_boolean(node);
    case Kind::integer: {
      BACKPLANE_TRY(const auto value, parse_integer(text));
      return in_range(key, node, value);
    }
    case Kind::bytes: {
      BACKPLANE_TRY(const auto value, parse_bytes(text));
      return in_range(key, node, value);
    }
    case Kind::duration: {
      BACKPLANE_TRY(const auto value, parse_duration(text));
      return in_range(key, node, value.count());
    }
    case Kind::choice: return convert_choice(key, node);
    case Kind::listen: {
      BACKPLANE_TRY(auto value, parse_listen(text));
      return Value(std::move(value));
    }
    case Kind::path: return Value((folder / text).lexically_normal());
    case Kind::data_path: return Value(std::filesystem::path(text));
    case Kind::text:
    case Kind::texts:
    case Kind::paths:
    case Kind::actions:
    case Kind::json_schema:
    case Kind::document:
    case Kind::include:
    case Kind::section:
    case Kind::sections: break;
  }
  return Value(std::move(text));
}

base::Result<std::string> convert_text(const Key& key, const Node& node) {
  if (node.kind != Node::Kind::scalar || node.text.empty())
    return wrong("wanted a value, found " + (node.kind == Node::Kind::scalar ? "an empty text" : found(node)));
  if (key.check != nullptr) {
    if (auto checked = key.check(node.text); !checked) {
      // Checks name their subject, which the path does already.
      auto& message = checked.error().message;
      if (const auto start = message.find("wanted "); start != std::string::npos) message.erase(0, start);
      return std::move(checked).error();
    }
  }
  return node.text;
}

base::Result<model::ActionSet> convert_action(const Node& node) {
  if (node.kind == Node::Kind::scalar)
    if (const auto set = model::actions_named(node.text)) return *set;
  std::vector<std::string> names;
  for (const auto name : model::names_of_actions()) names.emplace_back(name);
  return wrong("wanted an action or a group of actions, found " + found(node) +
               (node.kind == Node::Kind::scalar ? hint(node.text, names) : ""));
}

namespace {

base::Json text_of_file(const Node& node, const std::string& path, const Source& source, Problems& problems) {
  const auto refuse = [&](const std::string& message) {
    problems.add({source.name, node.line, node.column, path, message + " (" + in_quotes(node.text) + ")"});
    return base::Json();
  };
  const auto name = std::string_view(node.text).substr(std::string_view("file:").size());
  if (name.empty()) return refuse("wanted file:<path>, found no path");
  auto content = read_file(source.folder / name, most_secret_bytes, Readers::not_everybody);
  if (!content) return refuse(content.error().message);
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (!model::is_utf8(*content)) return refuse("wanted UTF-8 without NUL, found something else");
  return base::Json(std::move(*content));
}

base::Json scalar_of_document(const Node& node, const std::string& path, const Source& source, Problems& problems) {
  if (node.broken) return {};
  if (node.names_file) return text_of_file(node, path, source, problems);
  if (node.quoted) return base::Json(node.text);
  auto value = parse_plain(node.text);
  if (value) return std::move(*value);
  problems.add({source.name, node.line, node.column, path, value.error().message});
  return {};
}

}  // namespace

base::Json convert_document(const Node& node, const std::string& path, const Source& source, Problems& problems) {
  switch (node.kind) {
    case Node::Kind::null: return base::Json();
    case Node::Kind::scalar: return scalar_of_document(node, path, source, problems);
    case Node::Kind::list: {
      base::Json list = base::Json::array();
      for (std::size_t i = 0; i < node.items.size(); ++i)
        list.push_back(convert_document(node.items[i], path + "[" + std::to_string(i) + "]", source, problems));
      return list;
    }
    case Node::Kind::map: break;
  }
  base::Json map = base::Json::object();
  for (const Member& member : node.members)
    map[member.key.text] = convert_document(member.value, path + "." + member.key.text, source, problems);
  return map;
}

}  // namespace backplane::manifest
