#include <future>

#include "store/fresh_events.hpp"

namespace backplane::store::testing {

using base::Code;

namespace {

Delivery failed(std::uint64_t position, DeliveryState state, std::string error = "it failed") {
  return {position, state, 3, at(50), "key " + std::to_string(position), std::move(error), at(40)};
}

// "2:waiting 3:parked"
std::string exceptions(Store& store, const std::string& subscription) {
  std::string all;
  const auto found = store.deliveries().exceptions(subscription);
  REQUIRE(found.has_value());
  for (const Delivery& each : *found)
    all += (all.empty() ? "" : " ") + std::to_string(each.position) + ":" + std::to_string(static_cast<int>(each.state));
  return all;
}

Cursor cursor(Store& store, const std::string& subscription) {
  const auto found = store.deliveries().cursors();
  REQUIRE(found.has_value());
  for (const Cursor& each : *found)
    if (each.subscription == subscription) return each;
  FAIL("no cursor " + subscription);
  return {};
}

std::uint64_t floor_of(Store& store, const std::string& subscription) { return cursor(store, subscription).floor; }

std::string dead(Store& store, const DeadLetterQuery& query = {}) {
  std::string all;
  const auto found = store.deliveries().dead_letters(query);
  REQUIRE(found.has_value());
  for (const DeadLetter& each : *found)
    all += (all.empty() ? "" : " ") + each.subscription + ":" + std::to_string(each.delivery.position);
  return all;
}

// Subscriptions p/a and p/b over five events, with dead letters 2 and 4 of the first, 3 of the second.
void with_dead_letters(Store& store) {
  for (const char* type : {"order.paid", "order.late", "order.paid", "invoice.sent", "order.paid"})
    publish(store, {event("e" + std::to_string(store.events().last_position() + 1), type)});
  for (const char* name : {"p/a", "p/b"}) REQUIRE(store.deliveries().open_cursor(name, 5, at(1)).has_value());
  REQUIRE(keep(store, {"p/a", 1, {}, {failed(2, DeliveryState::dead), failed(4, DeliveryState::dead), failed(5, DeliveryState::waiting)}}).has_value());
  REQUIRE(keep(store, {"p/b", 1, {}, {failed(3, DeliveryState::dead, "no room")}}).has_value());
}

}  // namespace

TEST_CASE("A cursor is made once, and is found as it is later") {
  FreshStore store;
  const Cursor made = store->deliveries().open_cursor("p/s", 7, at(3)).value();
  CHECK(made.subscription == "p/s");
  CHECK(made.floor == 7);
  CHECK(made.generation == 1);
  CHECK(made.replay_up_to == 0);
  CHECK_FALSE(made.paused);
  CHECK(made.created_at == at(3));
  store.reopen();
  CHECK(store->deliveries().open_cursor("p/s", 100, at(9)).value().floor == 7);
  CHECK(store->deliveries().open_cursor("p/s", 100, at(9)).value().created_at == at(3));
  CHECK(store->deliveries().cursors().value().size() == 1);
}

TEST_CASE("Progress moves the floor forwards only, and tells when") {
  FreshStore store;
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, 10, {}, {}, at(6)}).has_value());
  CHECK(cursor(*store, "p/s").updated_at == at(6));
  REQUIRE(keep(*store, {"p/s", 1, 4, {}, {}, at(7)}).has_value());
  CHECK(floor_of(*store, "p/s") == 10);
  store.reopen();
  CHECK(floor_of(*store, "p/s") == 10);
}

TEST_CASE("Exceptions are added, replaced and removed by position, and read as they were kept") {
  FreshStore store;
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, 5, {failed(4, DeliveryState::waiting), failed(2, DeliveryState::attempted), failed(5, DeliveryState::parked)}}).has_value());
  CHECK(exceptions(*store, "p/s") == "2:1 4:2 5:3");
  REQUIRE(keep(*store, {"p/s", 1, 6, {failed(4, DeliveryState::dead), failed(6, DeliveryState::waiting)}, {2}}).has_value());
  CHECK(exceptions(*store, "p/s") == "5:3 6:2");
  store.reopen();
  const Delivery read = store->deliveries().exceptions("p/s").value().at(1);
  CHECK(read.attempts == 3);
  CHECK(read.next_at == at(50));
  CHECK(read.key == "key 6");
  CHECK(read.error == "it failed");
  CHECK(read.updated_at == at(40));
  CHECK(exceptions(*store, "p/other").empty());
}

TEST_CASE("Progress under an older generation, or of a subscription that is gone, is ignored") {
  FreshStore store;
  publish_many(*store, 1, 9);
  REQUIRE(store->deliveries().open_cursor("p/s", 8, at(1)).has_value());
  REQUIRE(store->deliveries().rewind("p/s", 2, 8, at(2)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, 9, {failed(9, DeliveryState::waiting)}}).has_value());
  CHECK(floor_of(*store, "p/s") == 2);
  CHECK(exceptions(*store, "p/s").empty());
  CHECK(keep(*store, {"p/none", 1, 9, {failed(9, DeliveryState::waiting)}}).has_value());
  CHECK(store->deliveries().cursors().value().size() == 1);
}

TEST_CASE("Dead letters beyond the floor are exceptions too, so that nobody takes them for new") {
  FreshStore store;
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, 3, {failed(3, DeliveryState::dead), failed(5, DeliveryState::dead), failed(6, DeliveryState::waiting)}}).has_value());
  CHECK(exceptions(*store, "p/s") == "5:4 6:2");
}

TEST_CASE("A rewind is a new generation: its exceptions are forgotten, the dead ones stay") {
  FreshStore store;
  with_dead_letters(*store);
  const Cursor rewound = store->deliveries().rewind("p/a", 1, 5, at(9)).value();
  CHECK(rewound.floor == 1);
  CHECK(rewound.generation == 2);
  CHECK(rewound.replay_up_to == 5);
  CHECK(rewound.updated_at == at(9));
  CHECK(cursor(*store, "p/a").generation == 2);
  CHECK(exceptions(*store, "p/a").empty());
  CHECK(dead(*store) == "p/a:2 p/a:4 p/b:3");
}

TEST_CASE("A rewind sets no floor forth, and forgets nothing that waits up to it: no event is skipped") {
  FreshStore store;
  publish_many(*store, 1, 9);
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, 6, {failed(3, DeliveryState::waiting), failed(5, DeliveryState::waiting)}}).has_value());
  CHECK(store->deliveries().rewind("p/s", 8, 9, at(2)).value().floor == 6);
  CHECK(exceptions(*store, "p/s") == "3:2 5:2");
  CHECK(store->deliveries().rewind("p/s", 4, 9, at(3)).value().floor == 4);
  CHECK(exceptions(*store, "p/s") == "3:2");
}

TEST_CASE("A pause is kept until it is ended") {
  FreshStore store;
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  CHECK(store->deliveries().pause("p/s", true, at(2)).value().paused);
  store.reopen();
  CHECK(cursor(*store, "p/s").paused);
  CHECK_FALSE(store->deliveries().pause("p/s", false, at(3)).value().paused);
  CHECK_FALSE(cursor(*store, "p/s").paused);
}

TEST_CASE("A subscription that is dropped takes its exceptions and dead letters with it") {
  FreshStore store;
  with_dead_letters(*store);
  REQUIRE(store->deliveries().drop_cursor("p/a").has_value());
  CHECK(store->deliveries().cursors().value().size() == 1);
  CHECK(dead(*store) == "p/b:3");
  CHECK(exceptions(*store, "p/a").empty());
}

TEST_CASE("What is asked of a subscription that is not there is not found, and it is named") {
  FreshStore store;
  const std::vector<base::Error> errors{store->deliveries().rewind("p/none", 1, 1, at(1)).error(),
                                        store->deliveries().pause("p/none", true, at(1)).error(),
                                        store->deliveries().drop_cursor("p/none").error()};
  for (const base::Error& error : errors) {
    CHECK(error.code == Code::not_found);
    CHECK_THAT(error.message, Catch::Contains("'p/none'"));
  }
}

TEST_CASE("Dead letters are listed by subscription, by the pattern of the event's type, and in pages") {
  FreshStore store;
  with_dead_letters(*store);
  CHECK(dead(*store) == "p/a:2 p/a:4 p/b:3");
  CHECK(dead(*store, {.subscription = "p/b"}) == "p/b:3");
  CHECK(dead(*store, {.subscription = "p/none"}).empty());
  CHECK(dead(*store, {.pattern = "order.*"}) == "p/a:2 p/b:3");
  CHECK(dead(*store, {.subscription = "p/a", .pattern = "invoice.sent"}) == "p/a:4");
  CHECK(dead(*store, {.pattern = "none"}).empty());
  CHECK(store->deliveries().dead_letters({.pattern = "No"}).error().code == Code::invalid_argument);
  const auto first = store->deliveries().dead_letters({.limit = 1}).value();
  REQUIRE(first.size() == 1);
  CHECK(dead(*store, {.after = first[0].id, .limit = 1}) == "p/a:4");
}

TEST_CASE("A dead letter tells what failed and why") {
  FreshStore store;
  with_dead_letters(*store);
  const auto letters = store->deliveries().dead_letters({.subscription = "p/b"}).value();
  const DeadLetter letter = store->deliveries().dead_letter(letters.at(0).id).value();
  CHECK(letter.subscription == "p/b");
  CHECK(letter.delivery.position == 3);
  CHECK(letter.delivery.state == DeliveryState::dead);
  CHECK(letter.delivery.attempts == 3);
  CHECK(letter.delivery.error == "no room");
  CHECK(store->events().event_at(letter.delivery.position)->id == "e3");
}

TEST_CASE("A dead letter that is redriven waits again without attempts, and is no dead letter") {
  FreshStore store;
  with_dead_letters(*store);
  const std::uint64_t id = store->deliveries().dead_letters({}).value().at(0).id;
  const DeadLetter redriven = store->deliveries().redrive(id, at(70)).value();
  CHECK(redriven.delivery.position == 2);
  CHECK(redriven.delivery.state == DeliveryState::waiting);
  CHECK(exceptions(*store, "p/a") == "2:2 5:2");
  const Delivery waiting = store->deliveries().exceptions("p/a").value().at(0);
  CHECK(waiting.attempts == 0);
  CHECK(waiting.next_at == at(70));
  CHECK(dead(*store) == "p/a:4 p/b:3");
  CHECK(store->deliveries().redrive(id, at(71)).error().code == Code::not_found);
  REQUIRE(keep(*store, {"p/a", 1, {}, {failed(2, DeliveryState::dead, "again")}}).has_value());
  CHECK(store->deliveries().dead_letter(id).value().delivery.error == "again");
}

TEST_CASE("A dead letter that is discarded is gone, and its id is not given again") {
  FreshStore store;
  with_dead_letters(*store);
  const auto letters = store->deliveries().dead_letters({}).value();
  for (const DeadLetter& letter : letters) REQUIRE(store->deliveries().discard(letter.id).has_value());
  CHECK(dead(*store).empty());
  for (const base::Error& error : {store->deliveries().discard(letters[0].id).error(), store->deliveries().dead_letter(letters[0].id).error(),
                                   store->deliveries().redrive(letters[0].id, at(1)).error()}) {
    CHECK(error.code == Code::not_found);
    CHECK_THAT(error.message, Catch::Contains("dead letter " + std::to_string(letters[0].id)));
  }
  store.reopen();
  REQUIRE(keep(*store, {"p/a", 1, {}, {failed(1, DeliveryState::dead)}}).has_value());
  CHECK(store->deliveries().dead_letters({}).value().at(0).id > letters.back().id);
}

TEST_CASE("Progress shares transactions with units, in the order in which both were given") {
  FreshStore store;
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  const std::uint64_t before = store->figures().batches;
  std::promise<void> last;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    store->commit(publishing({event("e" + std::to_string(i))}), [](const CommitResult&) {});
    store->deliveries().keep({"p/s", 1, i}, [&last, i](const base::Result<void>&) {
      if (i == 300) last.set_value();
    });
  }
  last.get_future().wait();
  CHECK(floor_of(*store, "p/s") == 300);
  CHECK(events(*store).size() == 300);
  CHECK(store->figures().batches - before < 300);
}

TEST_CASE("A purge takes the texts of errors about events of the resource with it") {
  FreshStore store;
  done(*store, create("a", "1"));
  publish(*store, {event("a"), event("b")});
  REQUIRE(store->deliveries().open_cursor("p/s", 2, at(1)).has_value());
  REQUIRE(keep(*store, {"p/s", 1, {}, {failed(1, DeliveryState::dead, "it quotes"), failed(2, DeliveryState::waiting, "it stays")}}).has_value());
  done(*store, Purge{note("a"), {}});
  CHECK(store->deliveries().dead_letters({}).value().at(0).delivery.error.empty());
  CHECK(store->deliveries().exceptions("p/s").value().at(0).error == "it stays");
}

}  // namespace backplane::store::testing
