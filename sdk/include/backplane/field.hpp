// What may be a field of a struct, and what a struct's fields are called. Nothing here is meant for plugins: see
// fields.hpp. Part of backplane.hpp.
#pragma once

#include <backplane/json.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace backplane::sdk::detail {

template <class T, class = void>
struct HasFields : std::false_type {};
template <class T>
struct HasFields<T, std::void_t<decltype(T::backplane_names())>> : std::true_type {};

template <class T>
struct ElementOf {
  static constexpr bool optional = false, vector = false;
};
template <class T>
struct ElementOf<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true, vector = false;
};
template <class T, class Allocator>
struct ElementOf<std::vector<T, Allocator>> {
  using type = T;
  static constexpr bool optional = false, vector = true;
};

template <class T>
constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

template <class T>
constexpr bool is_field =
    std::is_same_v<T, std::string> || std::is_same_v<T, bool> || is_whole<T> || std::is_floating_point_v<T> ||
    std::is_same_v<T, Json> || ElementOf<T>::optional || ElementOf<T>::vector || HasFields<T>::value;

template <class T>
constexpr void require_field() {
  static_assert(
      is_field<T>,
      "a field is a std::string, a bool, a number, a Json, a std::optional or std::vector of one of them, or a "
      "struct with BACKPLANE_FIELDS");
}

// The fields' names from the text of the macro's arguments: "sku, pieces".
constexpr std::size_t count_of(std::string_view names) {
  std::size_t count = names.empty() ? 0 : 1;
  for (const char c : names) count += c == ',' ? 1 : 0;
  return count;
}

template <class T>
constexpr auto names_of() {
  std::array<std::string_view, count_of(T::backplane_names())> names{};
  std::string_view rest = T::backplane_names();
  for (auto& name : names) {
    const std::size_t end = rest.find(',') == std::string_view::npos ? rest.size() : rest.find(',');
    name = rest.substr(0, end);
    rest.remove_prefix(end == rest.size() ? end : end + 2);
  }
  return names;
}

constexpr bool are_names(std::string_view text) {
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!letter && c != ',' && c != ' ') return false;
  }
  return true;
}

}  // namespace backplane::sdk::detail
