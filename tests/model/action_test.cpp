#include "model/action.hpp"

#include "support/catch.hpp"

using namespace backplane::model;

TEST_CASE("every action has a name that leads back to it") {
  for (std::size_t i = 0; i < action_count; ++i) {
    const Action action = action_at(i);
    CHECK(index_of(action) == i);
    CHECK(actions_named(name_of(action)) == ActionSet(action));
  }
}

TEST_CASE("mutate is every action that changes something, and full is every action") {
  CHECK(actions::mutate.contains(Action::remove));
  CHECK(actions::mutate.contains(Action::load));
  CHECK_FALSE(actions::mutate.contains(Action::dump));
  for (std::size_t i = 0; i < action_count; ++i) CHECK(actions::full.contains(action_at(i)));
}

TEST_CASE("a set lists its members in the order of their bits") {
  CHECK(to_string(actions::write) == "create, update, modify, patch");
  CHECK_FALSE(actions_named("destroy").has_value());
}

TEST_CASE("every phase has a name that leads back to it") {
  for (std::size_t i = 0; i < phase_count; ++i) CHECK(phase_named(name_of(phase_at(i))) == phase_at(i));
}

TEST_CASE("the names of actions and groups are all known, actions first") {
  const auto names = names_of_actions();
  CHECK(names.size() == action_count + 6);
  CHECK(names.front() == "create");
  CHECK(names.back() == "full");
  for (const auto name : names) CHECK(actions_named(name).has_value());
}
