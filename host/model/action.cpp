#include "model/action.hpp"

#include <array>
#include <bit>

#include "base/assertion.hpp"

namespace backplane::model {
namespace {

constexpr std::array<std::string_view, action_count> action_names{
    "create", "get",    "get_revision", "list_revisions", "search", "update", "modify",
    "patch",  "delete", "restore",      "purge",          "switch", "dump",   "load"};

constexpr std::array<std::string_view, phase_count> phase_names{"before", "after", "on_success", "on_failure"};

struct Group {
  std::string_view name;
  ActionSet set;
};
constexpr std::array<Group, 6> groups{{{"read", actions::read},
                                       {"write", actions::write},
                                       {"lifecycle", actions::lifecycle},
                                       {"backup", actions::backup},
                                       {"mutate", actions::mutate},
                                       {"full", actions::full}}};

}  // namespace

std::size_t index_of(Action action) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint64_t>(action)));
}

Action action_at(std::size_t index) {
  BACKPLANE_ASSERT(index < action_count);
  return static_cast<Action>(std::uint64_t{1} << index);
}

std::string_view name_of(Action action) { return action_names[index_of(action)]; }

std::optional<ActionSet> actions_named(std::string_view name) {
  for (std::size_t i = 0; i < action_count; ++i)
    if (action_names[i] == name) return action_at(i);
  for (const Group& group : groups)
    if (group.name == name) return group.set;
  return std::nullopt;
}

std::span<const std::string_view> names_of_actions() {
  static constexpr auto names = [] {
    std::array<std::string_view, action_count + groups.size()> all{};
    for (std::size_t i = 0; i < action_count; ++i) all[i] = action_names[i];
    for (std::size_t i = 0; i < groups.size(); ++i) all[action_count + i] = groups[i].name;
    return all;
  }();
  return names;
}

std::string to_string(ActionSet set) {
  std::string text;
  for (std::size_t i = 0; i < action_count; ++i) {
    if (!set.contains(action_at(i))) continue;
    if (!text.empty()) text += ", ";
    text += action_names[i];
  }
  return text;
}

std::size_t index_of(Phase phase) {
  return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(phase)));
}

Phase phase_at(std::size_t index) {
  BACKPLANE_ASSERT(index < phase_count);
  return static_cast<Phase>(std::uint32_t{1} << index);
}

std::string_view name_of(Phase phase) { return phase_names[index_of(phase)]; }

std::optional<Phase> phase_named(std::string_view name) {
  for (std::size_t i = 0; i < phase_count; ++i)
    if (phase_names[i] == name) return phase_at(i);
  return std::nullopt;
}

}  // namespace backplane::model
