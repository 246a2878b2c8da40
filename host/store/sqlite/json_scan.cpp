#include "store/sqlite/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_text.hpp"

namespace backplane::store::sqlite {
namespace {

std::string unescape_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) name += token[++i] == '0' ? '~' : '/';
    else name += token[i];
  }
  return name;
}

std::optional<std::string_view> member_of(std::string_view object, const std::string& name) {
  base::JsonParts members(object);
  while (const auto member = members.next()) {
    const bool escaped = member->name.find('\\') != std::string_view::npos;
    if (escaped ? unescape_json(member->name) == name : member->name == name) return member->value;
  }
  return std::nullopt;
}

std::optional<std::string_view> element_of(std::string_view array, std::string_view token) {
  std::size_t wanted = 0;
  const char* const end = token.data() + token.size();
  const auto [read, error] = std::from_chars(token.data(), end, wanted);
  if (error != std::errc{} || read != end || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  base::JsonParts elements(array);
  auto element = elements.next();
  for (std::size_t index = 0; element && index < wanted; ++index) element = elements.next();
  if (!element) return std::nullopt;
  return element->value;
}

// The text without the white space around it.
std::string_view trimmed(std::string_view json) {
  constexpr std::string_view space = " \n\r\t";
  json.remove_prefix(std::min(json.find_first_not_of(space), json.size()));
  return json.substr(0, json.find_last_not_of(space) + 1);
}

}  // namespace

std::optional<std::string_view> find_in_json(std::string_view json, std::string_view pointer) {
  std::optional<std::string_view> value = trimmed(json);
  while (value && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (value->starts_with('{')) value = member_of(*value, unescape_token(token));
    else if (value->starts_with('[')) value = element_of(*value, token);
    else return std::nullopt;
  }
  return value;
}

std::string unescape_json(std::string_view inner) {
  const auto value = base::Json::parse('"' + std::string(inner) + '"', nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(inner);
}

bool is_json_pointer(std::string_view pointer) {
  if (pointer.empty()) return true;
  if (pointer.front() != '/' || pointer.find('\0') != std::string_view::npos) return false;
  for (std::size_t i = 0; i < pointer.size(); ++i)
    if (pointer[i] == '~' && (i + 1 >= pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))) return false;
  return true;
}

}  // namespace backplane::store::sqlite
