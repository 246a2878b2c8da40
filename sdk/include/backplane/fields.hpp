// Structs as JSON objects, without a JSON library: a struct names its fields once, and is written and read by them.
// Payloads of events are such structs; a document or the configuration may be read as one. Part of backplane.hpp.
// Plain functions: any thread.
//
//   struct Line {
//     BACKPLANE_FIELDS(sku, pieces, gift, tags);
//     std::string sku;
//     std::int32_t pieces;
//     std::optional<bool> gift;
//     std::vector<std::string> tags;
//   };
//
//   json_of(Line{"tea", 2, {}, {"hot"}}).text() == R"({"sku":"tea","pieces":2,"tags":["hot"]})"
//   const auto line = read_fields<Line>(op.input());
//
//   std::string                   a string
//   bool                          a boolean
//   integers                      a whole number within their range
//   double, float                 a number
//   std::optional<T>              a T; empty: absent, or null
//   std::vector<T>                an array of T
//   a struct with fields          an object
//   Json                          anything, as its text
//
// Members of the document that are no field are ignored, so that whoever writes it may add some; a field that is
// absent is an error unless it is an optional.
#pragma once

#include <backplane/document.hpp>
#include <backplane/field.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace backplane::sdk {

namespace detail {

// Calls function(name, field) for each field of the struct.
template <class T, class Function>
void each_field(T& fields, Function&& function) {
  using Fields = std::remove_const_t<T>;
  constexpr auto names = names_of<Fields>();
  std::apply(
      [&](auto&... field) {
        static_assert(sizeof...(field) == count_of(Fields::backplane_names()), "a name for each field");
        [[maybe_unused]] std::size_t i = 0;
        (function(names[i++], field), ...);
      },
      fields.backplane_fields());
}

template <class T>
Json json_of_value(const T& value) {
  require_field<T>();
  if constexpr (ElementOf<T>::optional) {
    return value ? json_of_value(*value) : Json();
  } else if constexpr (ElementOf<T>::vector) {
    std::string text = "[";
    for (const typename ElementOf<T>::type& element : value) {
      text += text.size() > 1 ? "," : "";
      text += json_of_value(element).text();
    }
    return Json::raw(text + "]");
  } else if constexpr (HasFields<T>::value) {
    JsonObject object;
    each_field(value, [&](std::string_view name, const auto& field) {
      if constexpr (ElementOf<std::decay_t<decltype(field)>>::optional) {
        if (!field) return;
      }
      object.add(name, json_of_value(field));
    });
    return object.json();
  } else {
    return Json(value);
  }
}

template <class T>
std::string wanted_for() {
  if constexpr (std::is_same_v<T, std::string>) {
    return "a string";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "a boolean";
  } else if constexpr (is_whole<T>) {
    return "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
           std::to_string(std::numeric_limits<T>::max());
  } else if constexpr (std::is_floating_point_v<T>) {
    return "a number";
  } else if constexpr (ElementOf<T>::optional) {
    return wanted_for<typename ElementOf<T>::type>();
  } else if constexpr (ElementOf<T>::vector) {
    return "an array";
  } else if constexpr (HasFields<T>::value) {
    return "an object";
  } else {
    return "a value";
  }
}

// A number is told by its text, anything else by its kind alone: an error ends in logs, which a text may not.
inline std::string found_at(const Document& document, const std::string& at) {
  const auto value = document.find(at);
  if (!value) return "nothing";
  if (value->is_null()) return "null";
  if (value->number()) return document.text(at).value_or("a number");
  const bool vowel = value->kind() == Kind::array || value->kind() == Kind::object;
  return (vowel ? "an " : "a ") + std::string(name_of(value->kind()));
}

[[noreturn]] inline void mismatch(const Document& document, const std::string& at, const std::string& wanted) {
  throw Error(Status::invalid_document,
              (at.empty() ? "the document" : at) + ": wanted " + wanted + ", found " + found_at(document, at));
}

template <class T>
std::optional<T> scalar_of(const Value& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    const auto text = value.string();
    return text ? std::optional<T>(*text) : std::nullopt;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value.boolean();
  } else if constexpr (std::is_floating_point_v<T>) {
    const auto number = value.number();
    return number ? std::optional(static_cast<T>(*number)) : std::nullopt;
  } else if constexpr (std::is_signed_v<T>) {
    const auto number = value.integer();
    const bool fits = number && *number >= std::numeric_limits<T>::min() && *number <= std::numeric_limits<T>::max();
    return fits ? std::optional(static_cast<T>(*number)) : std::nullopt;
  } else {
    const auto number = value.unsigned_integer();
    return number && *number <= std::numeric_limits<T>::max() ? std::optional(static_cast<T>(*number)) : std::nullopt;
  }
}

// The value at a JSON Pointer as a T.
template <class T>
T read_at(const Document& document, const std::string& at) {
  require_field<T>();
  const auto value = document.find(at);
  if constexpr (ElementOf<T>::optional) {
    if (!value || value->is_null()) return std::nullopt;
    return read_at<typename ElementOf<T>::type>(document, at);
  } else if constexpr (ElementOf<T>::vector) {
    if (!value || value->kind() != Kind::array) mismatch(document, at, wanted_for<T>());
    T elements;
    elements.reserve(value->size());
    for (std::size_t i = 0; i < value->size(); ++i)
      elements.push_back(read_at<typename ElementOf<T>::type>(document, at + pointer_to(i)));
    return elements;
  } else if constexpr (HasFields<T>::value) {
    if (!value || value->kind() != Kind::object) mismatch(document, at, wanted_for<T>());
    T fields{};
    each_field(fields, [&](std::string_view name, auto& field) {
      field = read_at<std::decay_t<decltype(field)>>(document, at + pointer_to(name));
    });
    return fields;
  } else if constexpr (std::is_same_v<T, Json>) {
    const auto text = document.text(at);
    if (!text) mismatch(document, at, wanted_for<T>());
    return Json::raw(*text);
  } else {
    auto scalar = value ? scalar_of<T>(*value) : std::nullopt;
    if (!scalar) mismatch(document, at, wanted_for<T>());
    return *std::move(scalar);
  }
}

}  // namespace detail

// A struct with fields as a JSON object; an optional that is empty is left out. Numbers that JSON does not have
// (infinity, not a number) become null.
template <class T>
Json json_of(const T& fields) {
  static_assert(detail::HasFields<T>::value, "json_of() wants a struct with BACKPLANE_FIELDS or BACKPLANE_EVENT");
  return detail::json_of_value(fields);
}

// The document as a struct with fields, which is default-constructed first. Error invalid_document names the first
// field that is not as it should be by its JSON Pointer, what was wanted and what was found: "/lines/0/pieces: wanted
// a whole number from -2147483648 to 2147483647, found 2.5".
template <class T>
T read_fields(const Document& document) {
  static_assert(detail::HasFields<T>::value, "read_fields() wants a struct with BACKPLANE_FIELDS or BACKPLANE_EVENT");
  return detail::read_at<T>(document, "");
}

}  // namespace backplane::sdk

// BACKPLANE_FIELDS(name, ...) inside a struct: the data members that are the members of its JSON object, under the same
// names. The struct stays an aggregate.
#define BACKPLANE_FIELDS(...)                                                  \
  auto backplane_fields() { return std::tie(__VA_ARGS__); }                    \
  auto backplane_fields() const { return std::tie(__VA_ARGS__); }              \
  static constexpr std::string_view backplane_names() { return #__VA_ARGS__; } \
  static_assert(::backplane::sdk::detail::are_names(#__VA_ARGS__),             \
                "BACKPLANE_FIELDS wants the names of the struct's data members")
