#include <algorithm>
#include <future>
#include <thread>

#include "store/fresh_events.hpp"

namespace backplane::store::testing {

using base::Code;

TEST_CASE("An event is read as it was published, with its position and the time of its record") {
  FreshStore store;
  model::Event given = event("a");
  given.time = at(-77);
  given.payload = doc(R"({"amount":7,"text":"caf\u00e9"})");
  const Appended appended = publish(*store, {given}, 5).at(0);
  CHECK(appended.position == 1);
  CHECK(appended.is_new);
  CHECK(appended.event.position == 1);
  CHECK(appended.event.recorded_at == at(5));
  const model::Event found = events(*store).at(0);
  CHECK(found.id == given.id);
  CHECK(found.type == given.type);
  CHECK(found.time == at(-77));
  CHECK(found.tenant == given.tenant);
  CHECK(found.actor == given.actor);
  CHECK(found.source == given.source);
  CHECK(found.key == given.key);
  CHECK(found.correlation_id == given.correlation_id);
  CHECK(found.causation_id == given.causation_id);
  CHECK(found.depth == 2);
  CHECK(found.payload.text() == given.payload.text());
  CHECK(found.subject == given.subject);
  CHECK(found.position == 1);
  CHECK(found.recorded_at == at(5));
  CHECK(to_text(found) == to_text(appended.event));
}

TEST_CASE("An event with nothing but an id and a type is read as that") {
  FreshStore store;
  model::Event bare;
  bare.id = "a";
  bare.type = "b";
  publish(*store, {bare});
  const model::Event found = store->events().event_at(1).value();
  CHECK(found.tenant.empty());
  CHECK(found.actor.empty());
  CHECK(found.source.empty());
  CHECK(found.key.empty());
  CHECK(found.subject.empty());
  CHECK(found.payload.text() == "{}");
}

TEST_CASE("Positions grow by commit, and in a unit by the order of its events, made ones first") {
  FreshStore store;
  UnitOfWork work = unit({create("x", "1"), create("y", "1")});
  work.events = {event("given1"), event("given2")};
  work.events_of = [](const std::vector<Committed>& committed) {
    std::vector<model::Event> made;
    for (const Committed& each : committed) made.push_back(event("made-" + each.resource.key.id));
    return made;
  };
  const auto result = commit(*store, std::move(work));
  REQUIRE(result.has_value());
  CHECK(result->writes.size() == 2);
  REQUIRE(result->events.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(result->events[i].position == i + 1);
  publish(*store, {event("later")});
  CHECK(ids(*store) == "made-x made-y given1 given2 later");
}

TEST_CASE("The last position is known when a commit is answered, and again after a restart") {
  FreshStore store;
  CHECK(store->events().last_position() == 0);
  std::promise<std::uint64_t> seen;
  store->commit(publishing({event("a"), event("b")}), [&](const CommitResult&) { seen.set_value(store->events().last_position()); });
  CHECK(seen.get_future().get() == 2);
  store.reopen();
  CHECK(store->events().last_position() == 2);
  CHECK(publish(*store, {event("c")}).at(0).position == 3);
}

TEST_CASE("The same event id is one row: the first position is answered within a unit, a batch, and ever after") {
  FreshStore store;
  const auto once = publish(*store, {event("a"), event("b"), event("a", "other.type")});
  CHECK(once[2].position == 1);
  CHECK_FALSE(once[2].is_new);
  std::vector<std::future<CommitResult>> results;
  for (int i = 0; i < 50; ++i) {
    auto answer = std::make_shared<std::promise<CommitResult>>();
    results.push_back(answer->get_future());
    store->commit(publishing({event("c")}), [answer](CommitResult result) { answer->set_value(std::move(result)); });
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CommitResult result = results[i].get();
    CHECK(result->events.at(0).position == 3);
    CHECK(result->events.at(0).is_new == (i == 0));
  }
  store.reopen();
  CHECK(publish(*store, {event("b")}).at(0).position == 2);
  CHECK(ids(*store) == "a b c");
  CHECK(events(*store).at(0).type == "order.paid");
}

TEST_CASE("An id is one event within a tenant: another tenant's of that id is one of its own") {
  FreshStore store;
  std::vector<model::Event> of_tenants;
  for (const char* const tenant : {"acme", "other", ""}) {
    of_tenants.push_back(event("a"));
    of_tenants.back().tenant = tenant;
  }
  const auto first = publish(*store, of_tenants);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(first[i].is_new);
    CHECK(first[i].position == i + 1);
  }
  store.reopen();
  const auto again = publish(*store, of_tenants);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_FALSE(again[i].is_new);
    CHECK(again[i].position == i + 1);
  }
  CHECK(ids(*store) == "a a a");
}

TEST_CASE("An event that is in the log before fails nothing else of its unit") {
  FreshStore store;
  publish(*store, {event("a")});
  UnitOfWork work = unit({create("x", "1")});
  work.events = {event("a"), event("b")};
  const auto result = commit(*store, std::move(work));
  REQUIRE(result.has_value());
  CHECK_FALSE(result->events[0].is_new);
  CHECK(result->events[1].is_new);
  CHECK(found(*store, "x").current.document.text() == "1");
  CHECK(ids(*store) == "a b");
}

TEST_CASE("A unit that is rolled back leaves no event, no name and no gap") {
  FreshStore store;
  done(*store, create("taken", "1"));
  for (const bool several : {true, false}) {
    UnitOfWork work = several ? unit({create("x", "1"), create("taken", "2")}) : unit({create("taken", "2")});
    work.events = {event("lost", "type.of_the_lost")};
    work.events_of = [](const auto&) { return std::vector{event("lost too")}; };
    CHECK(commit(*store, std::move(work)).error().error.code == Code::already_exists);
  }
  CHECK(events(*store).empty());
  CHECK(store->events().last_position() == 0);
  CHECK(publish(*store, {event("kept", "type.of_the_lost")}).at(0).position == 1);
  CHECK(events(*store).at(0).type == "type.of_the_lost");
}

TEST_CASE("Units that fail take no name from the events of those beside them") {
  FreshStore store;
  done(*store, create("taken", "1"));
  std::vector<std::future<CommitResult>> results;
  for (int i = 0; i < 200; ++i) {
    auto answer = std::make_shared<std::promise<CommitResult>>();
    results.push_back(answer->get_future());
    UnitOfWork work = i % 3 == 0 ? unit({create("n" + std::to_string(i), "1"), create("taken", "1")}) : unit({});
    work.events = {event("e" + std::to_string(i), "type" + std::to_string(i / 4))};
    store->commit(std::move(work), [answer](CommitResult result) { answer->set_value(std::move(result)); });
  }
  std::size_t kept = 0;
  for (auto& result : results) kept += result.get().has_value();
  const auto all = events(*store);
  CHECK(all.size() == kept);
  for (const model::Event& each : all) CHECK(each.type == "type" + std::to_string(std::stoi(each.id.substr(1)) / 4));
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].position == i + 1);
}

TEST_CASE("The time of a record stands still while the clock is behind it") {
  FreshStore store;
  for (const std::int64_t time : {10, 20, 5, 19}) publish(*store, {event("e" + std::to_string(time))}, time);
  store.reopen();
  publish(*store, {event("e7")}, 7);
  publish(*store, {event("e21")}, 21);
  std::vector<base::UtcTime> times;
  for (const model::Event& each : events(*store)) times.push_back(each.recorded_at);
  CHECK(times == std::vector{at(10), at(20), at(20), at(20), at(20), at(21)});
}

TEST_CASE("Thirty-two threads that publish the same ids get one row each, and the same position") {
  FreshStore store;
  constexpr std::size_t threads = 32, each = 40;
  std::vector<std::vector<Appended>> appended(threads);
  std::vector<std::thread> publishers;
  for (std::size_t t = 0; t < threads; ++t)
    publishers.emplace_back([&, t] {
      for (std::size_t i = 0; i < each; ++i) {
        std::promise<Appended> answer;
        store->commit(publishing({event("e" + std::to_string(i))}), [&](CommitResult result) { answer.set_value(std::move(result.value().events.at(0))); });
        appended[t].push_back(answer.get_future().get());
      }
    });
  for (std::thread& publisher : publishers) publisher.join();
  CHECK(events(*store).size() == each);
  for (std::size_t i = 0; i < each; ++i) {
    std::size_t fresh = 0, same = 0;
    for (const auto& answers : appended) {
      fresh += answers[i].is_new;
      same += answers[i].position == appended[0][i].position;
    }
    CHECK(fresh == 1);
    CHECK(same == threads);
  }
}

TEST_CASE("Events of one publisher lie in the log in the order in which it published them") {
  FreshStore store;
  constexpr int publishers = 8, each = 100;
  std::vector<std::thread> threads;
  for (int p = 0; p < publishers; ++p)
    threads.emplace_back([&, p] {
      std::promise<void> last;
      for (int i = 0; i < each; ++i) {
        model::Event next = event("p" + std::to_string(p) + "-" + std::to_string(i));
        next.key = "p" + std::to_string(p);
        next.depth = static_cast<std::uint32_t>(i);
        store->commit(publishing({next}), [&last, is_last = i + 1 == each](const CommitResult&) {
          if (is_last) last.set_value();
        });
      }
      last.get_future().wait();
    });
  for (std::thread& thread : threads) thread.join();
  for (int p = 0; p < publishers; ++p) {
    EventQuery query;
    query.key = "p" + std::to_string(p);
    std::uint32_t next = 0;
    for (const model::Event& found : events(*store, query)) CHECK(found.depth == next++);
    CHECK(next == each);
  }
}

TEST_CASE("The figures tell how many events there are and what they take") {
  FreshStore store;
  publish(*store, {event("a"), event("b"), event("a")});
  CHECK(store->figures().events == 2);
  CHECK(store->figures().event_bytes > 200);
  CHECK(store->figures().event_bytes < 2000);
}

}  // namespace backplane::store::testing
