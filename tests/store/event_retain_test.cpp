#include "store/fresh_events.hpp"

namespace backplane::store::testing {

namespace {

Retention to_events(std::uint64_t most) {
  Retention retention;
  retention.max_events = most;
  return retention;
}

Retained retain(Store& store, const Retention& retention, std::int64_t now = 1000) {
  auto retained = store.events().retain(retention, at(now));
  if (!retained) FAIL(retained.error().message);
  return *retained;
}

Delivery at_position(std::uint64_t position, DeliveryState state) {
  Delivery delivery;
  delivery.position = position;
  delivery.state = state;
  return delivery;
}

}  // namespace

TEST_CASE("Without limits nothing is removed") {
  FreshStore store;
  CHECK(retain(*store, {}).removed == 0);
  publish_many(*store, 1, 5);
  const Retained retained = retain(*store, {});
  CHECK(retained.removed == 0);
  CHECK_FALSE(retained.more);
  CHECK(events(*store).size() == 5);
}

TEST_CASE("The oldest events beyond a count are removed, and positions go on") {
  FreshStore store;
  publish_many(*store, 1, 10);
  const Retained retained = retain(*store, to_events(3));
  CHECK(retained.removed == 7);
  CHECK_FALSE(retained.more);
  CHECK(ids(*store) == "e8 e9 e10");
  CHECK(removed_up_to(*store) == 7);
  CHECK(store->figures().events == 3);
  CHECK(retain(*store, to_events(3)).removed == 0);
  publish(*store, {event("e11")});
  CHECK(retain(*store, to_events(3)).removed == 1);
}

TEST_CASE("Positions are not given again when all events were removed and the store was restarted") {
  FreshStore store;
  publish_many(*store, 1, 3);
  Retention retention;
  retention.max_age = std::chrono::microseconds(1);
  CHECK(retain(*store, retention).removed == 3);
  CHECK(store->figures().events == 0);
  CHECK(store->figures().event_bytes == 0);
  store.reopen();
  CHECK(removed_up_to(*store) == 3);
  CHECK(store->events().last_position() == 3);
  const Appended next = publish(*store, {event("e1")}, 1).at(0);
  CHECK(next.position == 4);
  CHECK(next.event.recorded_at == at(3));
}

TEST_CASE("Events beyond an age are removed") {
  FreshStore store;
  publish_many(*store, 1, 10);
  Retention retention;
  retention.max_age = std::chrono::microseconds(4);
  CHECK(retain(*store, retention, 10).removed == 5);
  CHECK(ids(*store) == "e6 e7 e8 e9 e10");
  CHECK(retain(*store, retention, 10).removed == 0);
}

TEST_CASE("Events beyond a number of bytes are removed") {
  FreshStore store;
  publish_many(*store, 1, 9);
  Retention retention;
  retention.max_bytes = store->figures().event_bytes / 3;
  CHECK(retain(*store, retention).removed == 6);
  CHECK(ids(*store) == "e7 e8 e9");
  CHECK(store->figures().event_bytes == retention.max_bytes);
}

TEST_CASE("A call removes no more than it may, and tells that there is more") {
  FreshStore store;
  publish_many(*store, 1, 10);
  Retention retention = to_events(2);
  retention.most = 3;
  for (const bool more : {true, true, false}) {
    const Retained retained = retain(*store, retention);
    CHECK(retained.more == more);
    CHECK(retained.removed == (more ? 3u : 2u));
  }
  CHECK(ids(*store) == "e9 e10");
}

TEST_CASE("A slow subscription, paused ones too, keeps what it has not read, and how much that is is told") {
  FreshStore store;
  publish_many(*store, 1, 10);
  REQUIRE(store->deliveries().open_cursor("p/fast", 9, at(1)).has_value());
  REQUIRE(store->deliveries().open_cursor("p/slow", 4, at(1)).has_value());
  REQUIRE(store->deliveries().pause("p/slow", true, at(1)).has_value());
  const Retained retained = retain(*store, to_events(2));
  CHECK(retained.removed == 4);
  CHECK(retained.held_by_unread == 4);
  CHECK_FALSE(retained.more);
  CHECK(ids(*store) == "e5 e6 e7 e8 e9 e10");
  REQUIRE(keep(*store, {"p/slow", 1, 9}).has_value());
  CHECK(retain(*store, to_events(2)).removed == 4);
}

TEST_CASE("The bytes that a slow subscription holds are told as events") {
  FreshStore store;
  publish_many(*store, 1, 9);
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  Retention retention;
  retention.max_bytes = store->figures().event_bytes / 3;
  const Retained retained = retain(*store, retention);
  CHECK(retained.removed == 0);
  CHECK(retained.held_by_unread >= 5);
  CHECK(retained.held_by_unread <= 7);
}

TEST_CASE("Exceptions and dead letters keep their own events, and no others") {
  FreshStore store;
  publish_many(*store, 1, 10);
  REQUIRE(store->deliveries().open_cursor("p/s", 10, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, {}, {at_position(2, DeliveryState::waiting), at_position(5, DeliveryState::dead)}}).has_value());
  const Retained retained = retain(*store, to_events(3));
  CHECK(retained.removed == 5);
  CHECK(retained.held_by_unread == 2);
  CHECK(ids(*store) == "e2 e5 e8 e9 e10");
  EventQuery since;
  since.since = at(4);
  CHECK(ids(*store, since) == "e5 e8 e9 e10");
  REQUIRE(keep(*store, {"p/s", 1, {}, {}, {2}}).has_value());
  CHECK(retain(*store, to_events(3)).removed == 1);
  CHECK(ids(*store) == "e5 e8 e9 e10");
}

TEST_CASE("A reading tells how far events were removed, behind those that were kept too") {
  FreshStore store;
  CHECK(removed_up_to(*store) == 0);
  publish_many(*store, 1, 10);
  REQUIRE(store->deliveries().open_cursor("p/s", 10, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, {}, {at_position(1, DeliveryState::dead), at_position(6, DeliveryState::dead)}}).has_value());
  retain(*store, to_events(7));
  CHECK(removed_up_to(*store) == 3);
  const auto none = [](const model::Event&) { return false; };
  CHECK(store->events().read_events({.pattern = "no.such"}, none).value() == 3);
  CHECK(store->events().read_events_backwards({}, none).value() == 3);
  retain(*store, to_events(2));
  store.reopen();
  CHECK(removed_up_to(*store) == 8);
  CHECK(ids(*store) == "e1 e6 e9 e10");
}

TEST_CASE("Unread events can be dropped, exceptions too") {
  FreshStore store;
  publish_many(*store, 1, 10);
  REQUIRE(store->deliveries().open_cursor("p/s", 2, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, {}, {at_position(1, DeliveryState::dead)}}).has_value());
  Retention retention = to_events(3);
  retention.unread = Retention::Unread::dropped;
  const Retained retained = retain(*store, retention);
  CHECK(retained.removed == 7);
  CHECK(retained.held_by_unread == 0);
  CHECK(ids(*store) == "e8 e9 e10");
}

TEST_CASE("An id that was removed with its event is new again") {
  FreshStore store;
  publish_many(*store, 1, 3);
  retain(*store, to_events(1));
  CHECK(publish(*store, {event("e1")}).at(0).position == 4);
}

}  // namespace backplane::store::testing
