// What an operation does, and the sets of actions that hooks and grants speak of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace backplane::model {

// The values are the bits of the ABI (checked where the border is crossed).
enum class Action : std::uint64_t {
  create = 1u << 0,
  get = 1u << 1,
  get_revision = 1u << 2,
  list_revisions = 1u << 3,
  search = 1u << 4,
  update = 1u << 5,
  modify = 1u << 6,
  patch = 1u << 7,
  remove = 1u << 8,  // "delete" everywhere else: a keyword here
  restore = 1u << 9,
  purge = 1u << 10,
  switch_to = 1u << 11,  // "switch" everywhere else: a keyword here
  dump = 1u << 12,
  load = 1u << 13,
};

inline constexpr std::uint64_t action_count = 14;

// 0 for create ... 13 for load: for tables by action.
std::size_t index_of(Action action);
Action action_at(std::size_t index);

// "create", "delete", "switch" ...
std::string_view name_of(Action action);

class ActionSet {
 public:
  constexpr ActionSet() = default;
  constexpr ActionSet(Action action) : bits_(static_cast<std::uint64_t>(action)) {}
  constexpr ActionSet(std::initializer_list<ActionSet> sets) {
    for (const ActionSet set : sets) bits_ |= set.bits_;
  }
  static constexpr ActionSet from_bits(std::uint64_t bits) {
    ActionSet set;
    set.bits_ = bits;
    return set;
  }

  constexpr bool contains(Action action) const { return (bits_ & static_cast<std::uint64_t>(action)) != 0; }
  constexpr bool contains(ActionSet other) const { return (bits_ & other.bits_) == other.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint64_t bits() const { return bits_; }
  constexpr ActionSet operator|(ActionSet other) const { return from_bits(bits_ | other.bits_); }
  constexpr ActionSet without(ActionSet other) const { return from_bits(bits_ & ~other.bits_); }
  constexpr bool operator==(const ActionSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

namespace actions {
inline constexpr ActionSet read{Action::get, Action::get_revision, Action::list_revisions, Action::search};
inline constexpr ActionSet write{Action::create, Action::update, Action::modify, Action::patch};
inline constexpr ActionSet lifecycle{Action::remove, Action::purge, Action::restore, Action::switch_to};
inline constexpr ActionSet backup{Action::dump, Action::load};
inline constexpr ActionSet mutate{write, lifecycle, Action::load};
inline constexpr ActionSet full{read, write, lifecycle, backup};
}  // namespace actions

// The set of one action or group by its name ("create", "write"), or nothing.
std::optional<ActionSet> actions_named(std::string_view name);

// Every name that actions_named() knows: the actions in the order of their bits, then the groups.
std::span<const std::string_view> names_of_actions();

// "create, update": the members' names in the order of their bits.
std::string to_string(ActionSet set);

// When a handler runs. The values are the bits of the ABI.
enum class Phase : std::uint32_t { before = 1, after = 2, on_success = 4, on_failure = 8 };

inline constexpr std::size_t phase_count = 4;

// 0 for before ... 3 for on_failure.
std::size_t index_of(Phase phase);
Phase phase_at(std::size_t index);

// "before" ...
std::string_view name_of(Phase phase);
std::optional<Phase> phase_named(std::string_view name);

}  // namespace backplane::model
