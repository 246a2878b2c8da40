// Writes small JSON texts, enough to reject with details or to write a line of NDJSON without a JSON library.
// Reading JSON is the host's job: see Document. Part of backplane.hpp.
//
//   json_object({{"field", "title"}, {"max", 80}, {"tags", json_array({"a", "b"})}})
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace backplane::sdk {

namespace detail {

// The length of the UTF-8 sequence at the head of `text`, 0 when it is not one.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

inline void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

}  // namespace detail

// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
inline std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  detail::append_quoted(out, text);
  return out;
}

// One JSON value as text. Made from a string (quoted), a number, a boolean or nullptr; from text that is
// JSON already by Json::raw. Converts to std::string_view wherever JSON text is wanted.
class Json {
 public:
  Json(std::nullptr_t = nullptr) : text_("null") {}
  Json(std::string_view text) : text_(quote(text)) {}
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
  Json(Number value) : text_(text_of(value)) {}

  // Takes a text as it is; it must be JSON.
  static Json raw(std::string_view text) {
    Json json;
    json.text_ = text;
    return json;
  }

  const std::string& text() const { return text_; }
  operator std::string_view() const { return text_; }

 private:
  template <class Number>
  static std::string text_of(Number value) {
    if constexpr (std::is_same_v<Number, bool>) {
      return value ? "true" : "false";
    } else if constexpr (std::is_integral_v<Number>) {
      return std::to_string(value);
    } else {
      // JSON has no infinities, and a decimal point whatever the locale says. As few digits as read back the same: 0.1.
      if (!(value - value == 0)) return "null";
      const double number = static_cast<double>(value);
      char digits[32];
      for (int precision = 15; precision <= 17; ++precision) {
        std::snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (std::strtod(digits, nullptr) == number) break;
      }
      for (char& c : digits) c = c == ',' ? '.' : c;
      return digits;
    }
  }

  std::string text_;
};

// A JSON object written member by member, for those that json_object's one expression does not suit.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, const Json& value) {
    text_ += text_.size() > 1 ? "," : "";
    detail::append_quoted(text_, name);
    text_ += ':';
    text_ += value.text();
    return *this;
  }

  bool empty() const { return text_.size() == 1; }
  Json json() const { return Json::raw(text_ + "}"); }

 private:
  std::string text_ = "{";
};

inline Json json_object(std::initializer_list<std::pair<std::string_view, Json>> members) {
  JsonObject object;
  for (const auto& [name, value] : members) object.add(name, value);
  return object.json();
}

inline Json json_array(std::initializer_list<Json> elements) {
  std::string text = "[";
  for (const Json& element : elements) {
    text += text.size() > 1 ? "," : "";
    text += element.text();
  }
  return Json::raw(text + "]");
}

// A JSON Pointer (RFC 6901) from its steps, member names and array indexes, escaped as needed:
// pointer_to("tags", 0) is "/tags/0", pointer_to("a/b") is "/a~1b".
template <class... Steps>
std::string pointer_to(const Steps&... steps) {
  std::string out;
  [[maybe_unused]] const auto append = [&out](const auto& step) {
    out += '/';
    if constexpr (std::is_integral_v<std::decay_t<decltype(step)>>) {
      out += std::to_string(step);
    } else {
      for (const char c : std::string_view(step)) c == '~' ? out += "~0" : c == '/' ? out += "~1" : out += c;
    }
  };
  (append(steps), ...);
  return out;
}

}  // namespace backplane::sdk
