#include "plugin/semantic_version.hpp"

#include <algorithm>

namespace backplane::plugin {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit) && (text.size() == 1 || text.front() != '0');
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool is_prerelease_identifier(std::string_view text) {
  return is_identifier(text) && (!std::all_of(text.begin(), text.end(), is_digit) || is_number(text));
}

// Whether `text` is one or more parts that satisfy `test`, separated by dots.
template <class F>
bool all_parts(std::string_view text, F test) {
  for (;;) {
    const auto dot = text.find('.');
    if (!test(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_semantic_version(std::string_view text) {
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    if (!all_parts(text.substr(plus + 1), is_identifier)) return false;
    text = text.substr(0, plus);
  }
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    if (!all_parts(text.substr(dash + 1), is_prerelease_identifier)) return false;
    text = text.substr(0, dash);
  }
  return std::count(text.begin(), text.end(), '.') == 2 && all_parts(text, is_number);
}

}  // namespace backplane::plugin
