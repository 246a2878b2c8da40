#include "events/key_queue.hpp"

#include "support/catch.hpp"

using namespace backplane;
using events::KeyQueue;
using events::SharedEvent;

namespace {

SharedEvent queued(const std::string& id, const std::string& key) {
  auto made = std::make_shared<model::Event>();
  made->id = id;
  made->key = key;
  return made;
}

std::string taken(KeyQueue& queue) {
  const auto event = queue.take();
  return event ? (*event)->id : "none";
}

}  // namespace

TEST_CASE("events of one key are handed out one at a time, in order, and other keys do not wait for them") {
  KeyQueue queue(plugin::Order::by_key);
  const auto a1 = queued("a1", "a");
  for (const auto& one : {a1, queued("a2", "a"), queued("b1", "b")}) queue.push(one);
  CHECK(taken(queue) == "a1");
  CHECK(taken(queue) == "b1");
  CHECK(taken(queue) == "none");
  queue.done(a1->key);
  CHECK(taken(queue) == "a2");
  CHECK(queue.empty());
  CHECK(queue.busy() == 2);
}

TEST_CASE("events without a key wait for nobody") {
  KeyQueue queue(plugin::Order::by_key);
  for (const char* id : {"1", "2", "3"}) queue.push(queued(id, ""));
  CHECK(taken(queue) == "1");
  CHECK(taken(queue) == "2");
  CHECK(taken(queue) == "3");
}

TEST_CASE("a strict order hands out one event at a time, whatever its key") {
  KeyQueue queue(plugin::Order::strict);
  const auto first = queued("1", "a");
  queue.push(first);
  queue.push(queued("2", "b"));
  CHECK(taken(queue) == "1");
  CHECK(taken(queue) == "none");
  queue.done(first->key);
  CHECK(taken(queue) == "2");
}

TEST_CASE("without an order events of one key are handed out at once") {
  KeyQueue queue(plugin::Order::none);
  queue.push(queued("1", "a"));
  queue.push(queued("2", "a"));
  CHECK(taken(queue) == "1");
  CHECK(taken(queue) == "2");
}

TEST_CASE("while an event is held the others of its key are handed out to wait elsewhere, and other keys go on") {
  KeyQueue queue(plugin::Order::by_key);
  for (const auto& one : {queued("a1", "a"), queued("a2", "a"), queued("a3", "a"), queued("b1", "b")}) queue.push(one);
  CHECK(taken(queue) == "a1");
  const auto held = queue.hold("a");
  REQUIRE(held.size() == 2);
  CHECK(held[0]->id == "a2");
  CHECK(held[1]->id == "a3");
  CHECK(taken(queue) == "b1");
  queue.push(held[0]);
  CHECK(taken(queue) == "none");
  queue.release("a");
  CHECK(taken(queue) == "a2");
}

TEST_CASE("what is put back is the next one of its key again") {
  for (const plugin::Order order : {plugin::Order::by_key, plugin::Order::strict, plugin::Order::none}) {
    KeyQueue queue(order);
    const auto first = queued("1", "a");
    queue.push(first);
    queue.push(queued("2", "a"));
    CHECK(taken(queue) == "1");
    queue.put_back(first);
    CHECK(queue.size() == 2);
    CHECK(queue.busy() == 0);
    CHECK(taken(queue) == "1");
    queue.done(first->key);
    CHECK(taken(queue) == "2");
  }
}

TEST_CASE("the queue knows how many events it holds and what they weigh") {
  KeyQueue queue(plugin::Order::by_key);
  const auto one = queued("1", "a");
  queue.push(one);
  CHECK(queue.size() == 1);
  CHECK(queue.bytes() == KeyQueue::bytes_of(*one));
  taken(queue);
  CHECK(queue.bytes() == 0);
  queue.done(one->key);
  CHECK(queue.busy() == 0);
}
