#include "base/json_text.hpp"

#include <algorithm>

namespace backplane::base {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t after_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return std::min(at, text.size());
}

// The position after the string that begins at `at`.
std::size_t after_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
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

std::string minify_json(std::string_view text) {
  std::string compact;
  compact.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    if (c == '"') in_string = !in_string;
    compact += c;
    if (in_string && c == '\\') compact += text[++i];
  }
  return compact;
}

std::string indent_json(std::string_view json) {
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

JsonParts::JsonParts(std::string_view text) : text_(text), at_(after_space(text, 0)) {
  named_ = at_ < text.size() && text[at_] == '{';
  const bool has_parts = named_ || (at_ < text.size() && text[at_] == '[');
  at_ = has_parts ? after_space(text, at_ + 1) : text.size();
}

std::optional<JsonPart> JsonParts::next() {
  if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') return std::nullopt;
  JsonPart part;
  if (named_) {
    const std::size_t end = after_string(text_, at_);
    part.name = text_.substr(at_ + 1, end - at_ - 2);
    at_ = after_space(text_, after_space(text_, end) + 1);  // past the colon
  }
  const std::size_t end = after_value(text_, at_);
  part.value = text_.substr(at_, end - at_);
  at_ = after_space(text_, end);
  if (at_ < text_.size() && text_[at_] == ',') at_ = after_space(text_, at_ + 1);
  return part;
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  JsonParts parts(array);
  while (const auto part = parts.next()) elements.push_back(part->value);
  return elements;
}

std::string_view member_of(std::string_view object, std::string_view name) {
  JsonParts parts(object);
  while (const auto part = parts.next())
    if (part->name == name) return part->value;
  return {};
}

}  // namespace backplane::base
