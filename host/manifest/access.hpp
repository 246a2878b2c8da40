// The ways between the table of keys (schema.cpp) and the members of Settings, made from pointers to these members.
#pragma once

#include <type_traits>

#include "manifest/schema.hpp"

namespace backplane::manifest {

// Puts a value of the manifest into a member of Settings, and reads it back.
template <class T>
void put(T& member, Value&& value) {
  if constexpr (std::is_enum_v<T>) {
    member = static_cast<T>(std::get<Choice>(value).index);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* choice = std::get_if<Choice>(&value);
    member = choice != nullptr ? std::string(choice->name) : std::get<std::string>(std::move(value));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, std::optional<Duration>>) {
    member = std::get<Duration>(value);
  } else if constexpr (std::is_same_v<T, std::optional<base::Json>>) {
    member = std::get<base::Json>(std::move(value));
  } else if constexpr (std::is_same_v<T, model::Document>) {
    member = model::Document::from(std::get<base::Json>(std::move(value)));
  } else {
    member = std::get<T>(std::move(value));
  }
}

template <class T>
std::optional<Value> value_of(const T& member) {
  if constexpr (std::is_enum_v<T>) {
    return Value(Choice{static_cast<std::int64_t>(member), {}});
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return Value(static_cast<std::int64_t>(member));
  } else if constexpr (std::is_same_v<T, std::optional<Duration>> || std::is_same_v<T, std::optional<base::Json>>) {
    return member ? std::optional(Value(*member)) : std::nullopt;
  } else if constexpr (std::is_same_v<T, model::Document>) {
    return Value(member.json());
  } else {
    return Value(member);
  }
}

// The ways into one member of a struct, and out of it.
template <auto Member>
struct At;
template <class Owner, class T, T Owner::* Member>
struct At<Member> {
  static void assign(void* owner, Value value) { put(static_cast<Owner*>(owner)->*Member, std::move(value)); }
  static std::optional<Value> read(const void* owner) { return value_of(static_cast<const Owner*>(owner)->*Member); }
  static void* enter(void* owner) { return &(static_cast<Owner*>(owner)->*Member); }
  static const void* look(const void* owner) { return &(static_cast<const Owner*>(owner)->*Member); }
  static void* append(void* owner) { return &(static_cast<Owner*>(owner)->*Member).emplace_back(); }
};

template <auto Member>
constexpr Access in{.assign = At<Member>::assign, .read = At<Member>::read};
template <auto Member>
constexpr Access within{.enter = At<Member>::enter, .look = At<Member>::look};
template <auto Member>
constexpr Access each_of{.enter = At<Member>::append};

}  // namespace backplane::manifest
