#include "manifest/value_text.hpp"

#include <nlohmann/json.hpp>

#include "manifest/convert.hpp"

namespace backplane::manifest {
namespace {

std::string in_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + text;
  return '[' + list + ']';
}

std::string of_choice(const Key& key, const Choice& choice) {
  return std::string(key.choices[static_cast<std::size_t>(choice.index)]);
}

std::string of_listen(const Listen& listen) {
  const bool is_v6 = listen.address.find(':') != std::string::npos;
  return (is_v6 ? '[' + listen.address + ']' : listen.address) + ':' + std::to_string(listen.port);
}

std::string of_actions(const ActionsByType& by_type) {
  std::string map;
  for (const auto& [type, actions] : by_type)
    map += (map.empty() ? "" : ", ") + (type == "*" ? "\"*\"" : type) + ": [" + model::to_string(actions) + ']';
  return "{ " + map + " }";
}

std::string of_schema(const base::Json& schema) {
  constexpr std::size_t longest = 200;
  std::string text = base::to_text(schema);
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;  // not within a character
  return text.substr(0, end) + "...";
}

// What a key without a default is in Settings when the manifest does not have it.
bool is_nothing(const Value& value) {
  if (const auto* const number = std::get_if<std::int64_t>(&value)) return *number == 0;
  if (const auto* const duration = std::get_if<Duration>(&value)) return duration->count() == 0;
  if (const auto* const texts = std::get_if<std::vector<std::string>>(&value)) return texts->empty();
  if (const auto* const actions = std::get_if<ActionsByType>(&value)) return actions->empty();
  return false;
}

std::string without_backticks(std::string_view description) {
  std::string text;
  for (const char c : description)
    if (c != '`') text += c;
  return text;
}

std::string present(const Key& key, const Value& value) {
  switch (key.kind) {
    case Kind::boolean: return std::get<bool>(value) ? "true" : "false";
    case Kind::integer:
    case Kind::bytes: return written(key.kind, std::get<std::int64_t>(value));
    case Kind::duration: return to_text(std::get<Duration>(value));
    case Kind::choice: {
      const auto* const choice = std::get_if<Choice>(&value);
      return choice != nullptr ? of_choice(key, *choice) : std::get<std::string>(value);
    }
    case Kind::text: return std::get<std::string>(value);
    case Kind::path:
    case Kind::data_path: return std::get<std::filesystem::path>(value).string();
    case Kind::listen: return of_listen(std::get<Listen>(value));
    case Kind::texts: return in_list(std::get<std::vector<std::string>>(value));
    case Kind::actions: return of_actions(std::get<ActionsByType>(value));
    case Kind::json_schema: return of_schema(std::get<base::Json>(value));
    case Kind::document:
    case Kind::paths:
    case Kind::include:
    case Kind::section:
    case Kind::sections: break;
  }
  return "";
}

}  // namespace

std::string to_text(const Key& key, const std::optional<Value>& value) {
  if (key.kind == Kind::document) return "";
  if (!value || (key.fallback.empty() && is_nothing(*value))) return without_backticks(key.otherwise);
  return present(key, *value);
}

}  // namespace backplane::manifest
