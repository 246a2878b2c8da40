#include "app/json_text.hpp"

namespace backplane::app {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t after_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// The position after the string that begins at `at`.
std::size_t after_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

// The position after the value that begins at `at`.
std::size_t after_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = after_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      --depth;
      ++at;
    } else if (depth == 0 && (c == ',' || is_space(c))) {
      return at;
    } else {
      ++at;
      continue;  // within a number or a word
    }
    if (depth == 0) return at;
  }
  return at;
}

void break_line(std::string& text, std::size_t depth) {
  text += '\n';
  text.append(depth * 2, ' ');
}

}  // namespace

std::string indented(std::string_view json) {
  std::string text;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      const std::size_t end = after_string(json, at);
      text += json.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if (is_space(c)) continue;
    if (c == '{' || c == '[') {
      text += c;
      const std::size_t next = after_space(json, at);
      if (next < json.size() && (json[next] == '}' || json[next] == ']')) {
        text += json[next];
        at = next + 1;
      } else {
        break_line(text, ++depth);
      }
    } else if (c == '}' || c == ']') {
      break_line(text, depth > 0 ? --depth : 0);
      text += c;
    } else if (c == ',') {
      text += c;
      break_line(text, depth);
    } else {
      text += c;
      if (c == ':') text += ' ';
    }
  }
  return text;
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  std::size_t at = after_space(array, 0);
  if (at >= array.size() || array[at] != '[') return elements;
  at = after_space(array, at + 1);
  while (at < array.size() && array[at] != ']') {
    const std::size_t end = after_value(array, at);
    elements.push_back(array.substr(at, end - at));
    at = after_space(array, end);
    if (at < array.size() && array[at] == ',') at = after_space(array, at + 1);
  }
  return elements;
}

std::string_view member_of(std::string_view object, std::string_view name) {
  std::size_t at = after_space(object, 0);
  if (at >= object.size() || object[at] != '{') return {};
  at = after_space(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const std::size_t name_end = after_string(object, at);
    const std::string_view found = object.substr(at + 1, name_end - at - 2);
    at = after_space(object, name_end);
    at = after_space(object, at + 1);  // the colon
    const std::size_t end = after_value(object, at);
    if (found == name) return object.substr(at, end - at);
    at = after_space(object, end);
    if (at < object.size() && object[at] == ',') at = after_space(object, at + 1);
  }
  return {};
}

}  // namespace backplane::app
