#include "model/event_pattern.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/json.hpp"

namespace backplane::model {
namespace {

bool is_plain(std::string_view segment) {
  return !segment.empty() && std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Takes the first segment off; nothing when there is none left.
std::optional<std::string_view> next_segment(std::optional<std::string_view>& rest) {
  if (!rest) return std::nullopt;
  const auto dot = rest->find('.');
  const auto segment = rest->substr(0, dot);
  if (dot == std::string_view::npos) rest.reset();
  else rest->remove_prefix(dot + 1);
  return segment;
}

}  // namespace

base::Result<void> check_event_pattern(std::string_view pattern) {
  std::optional<std::string_view> rest = pattern;
  bool is_good = pattern.size() <= 255;
  for (bool is_first = true; is_good; is_first = false) {
    const auto segment = next_segment(rest);
    if (!segment) return base::ok();
    const bool is_rest = *segment == ">" && !rest && !is_first;
    is_good = is_rest || *segment == "*" || is_plain(*segment);
  }
  return base::Error{base::Code::invalid_argument,
                     "wanted " + std::string(event_pattern_wanted) + ", found " + base::quote_json(pattern.substr(0, 160))};
}

bool covers(std::string_view wide, std::string_view narrow) {
  if (wide == "*") return true;
  if (narrow == "*") return false;
  std::optional<std::string_view> wide_rest = wide, narrow_rest = narrow;
  for (;;) {
    const auto wanted = next_segment(wide_rest), found = next_segment(narrow_rest);
    if (!wanted || !found) return !wanted && !found;
    if (*wanted == ">") return true;
    if (*found == ">") return false;
    if (*wanted != "*" && *wanted != *found) return false;
  }
}

bool matches(std::string_view pattern, std::string_view type) {
  return type.find_first_of("*>") == std::string_view::npos && covers(pattern, type);
}

}  // namespace backplane::model
