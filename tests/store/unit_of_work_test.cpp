#include <future>
#include <mutex>
#include <thread>

#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;

namespace {

Idempotency under_key(std::string key, std::string answer) {
  return {{"acme", "ann", std::move(key)}, "print of " + answer, [answer](const auto&) { return answer; }};
}

}  // namespace

TEST_CASE("The writes of a unit are done in their order, each seeing those before it") {
  FreshStore store;
  const auto result = commit(*store, unit({create("a", "1"), update("a", "2"), Delete{note("a"), {}}, create("b", "1")}));
  REQUIRE(result.has_value());
  REQUIRE(result->writes.size() == 4);
  CHECK(result->writes[1].resource.current.version.revision == 2);
  CHECK(found(*store, "a").deleted);
  CHECK(found(*store, "b").current.document.text() == "1");
}

TEST_CASE("The first error fails all writes of the unit, and tells which one it was") {
  FreshStore store;
  done(*store, create("taken", "1"));
  const auto result = commit(*store, unit({create("a", "1"), update("taken", "2"), create("taken", "3"), update("none", "4")}));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().write == 2u);
  CHECK(result.error().error.code == Code::already_exists);
  CHECK(store->get(note("a")).error().code == Code::not_found);
  CHECK(found(*store, "taken").current.document.text() == "1");
}

TEST_CASE("A unit that fails takes no other unit with it, nor the first resource of a type") {
  FreshStore store;
  std::vector<std::future<CommitResult>> results;
  for (int i = 0; i < 200; ++i) {
    auto answer = std::make_shared<std::promise<CommitResult>>();
    results.push_back(answer->get_future());
    const model::ResourceKey key{"acme", "new-type", "n" + std::to_string(i)};
    const Create fresh{key, model::Status::stable, doc("1")};
    std::vector<Write> writes{fresh};
    if (i % 2 == 0) writes.emplace_back(fresh);
    store->commit(unit(std::move(writes)), [answer](CommitResult result) { answer->set_value(std::move(result)); });
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK(results[i].get().has_value() == (i % 2 == 1));
    CHECK(store->get({"acme", "new-type", "n" + std::to_string(i)}).has_value() == (i % 2 == 1));
  }
}

TEST_CASE("An empty unit is committed") {
  FreshStore store;
  CHECK(commit(*store, unit({}))->writes.empty());
}

TEST_CASE("Units are committed in the order in which they were given") {
  FreshStore store;
  done(*store, create("a", "0"));
  std::promise<void> last;
  std::vector<int> order;
  for (int i = 1; i <= 300; ++i)
    store->commit(unit({update("a", std::to_string(i))}), [&order, &last, i](const CommitResult& result) {
      if (result) order.push_back(i);
      if (i == 300) last.set_value();
    });
  last.get_future().wait();
  REQUIRE(order.size() == 300);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(found(*store, "a").current.document.text() == "300");
}

TEST_CASE("The answer is made from what the unit did and kept with it") {
  FreshStore store;
  UnitOfWork work = unit({create("a", "1")});
  work.idempotency = under_key("k", "");
  work.idempotency->answer = [](const std::vector<Committed>& committed) { return to_text(committed.at(0).resource); };
  const auto result = commit(*store, std::move(work));
  REQUIRE(result.has_value());
  const auto kept = store->stored_answer({"acme", "ann", "k"});
  REQUIRE(kept->has_value());
  CHECK((*kept)->answer == to_text(result->writes.at(0).resource));
  CHECK((*kept)->fingerprint == "print of ");
  for (const IdempotencyKey& other : {IdempotencyKey{"acme", "ann", "l"}, {"acme", "bob", "k"}, {"", "ann", "k"}})
    CHECK_FALSE(store->stored_answer(other)->has_value());
}

TEST_CASE("A unit under a key that is taken is a conflict of no write, and does nothing") {
  FreshStore store;
  UnitOfWork first = unit({create("a", "1")});
  first.idempotency = under_key("k", "one");
  REQUIRE(commit(*store, std::move(first)).has_value());
  UnitOfWork second = unit({create("b", "1")});
  second.idempotency = under_key("k", "two");
  const auto result = commit(*store, std::move(second));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().error.code == Code::conflict);
  CHECK_FALSE(result.error().write.has_value());
  CHECK(store->get(note("b")).error().code == Code::not_found);
  CHECK((*store->stored_answer({"acme", "ann", "k"}))->answer == "one");
}

TEST_CASE("A unit that fails keeps no answer") {
  FreshStore store;
  UnitOfWork work = unit({update("none", "1")});
  work.idempotency = under_key("k", "one");
  CHECK_FALSE(commit(*store, std::move(work)).has_value());
  CHECK_FALSE(store->stored_answer({"acme", "ann", "k"})->has_value());
}

TEST_CASE("Answers kept before a time are forgotten") {
  FreshStore store;
  for (const int time : {1, 2, 3}) {
    UnitOfWork work = unit({create("r" + std::to_string(time), "1")}, "ann", time);
    work.idempotency = under_key("k" + std::to_string(time), "x");
    REQUIRE(commit(*store, std::move(work)).has_value());
  }
  CHECK(store->forget_answers(at(3)).value() == 2);
  CHECK_FALSE(store->stored_answer({"acme", "ann", "k2"})->has_value());
  CHECK(store->stored_answer({"acme", "ann", "k3"})->has_value());
  CHECK(store->forget_answers(at(3)).value() == 0);
}

TEST_CASE("The figures count units, transactions and refusals") {
  FreshStore store;
  const StoreFigures before = store->figures();
  done(*store, create("a", "1"));
  refused(*store, create("a", "1"));
  const StoreFigures after = store->figures();
  CHECK(after.commits - before.commits == 1);
  CHECK(after.failures - before.failures == 1);
  CHECK(after.batches - before.batches == 2);
  CHECK(after.file_bytes > 0);
}

TEST_CASE("A Done may commit and read") {
  FreshStore store;
  std::promise<bool> read;
  store->commit(unit({create("a", "1")}), [&](const CommitResult&) {
    store->commit(unit({update("a", "2")}), [&](const CommitResult&) { read.set_value(store->get(note("a")).has_value()); });
  });
  CHECK(read.get_future().get());
}

TEST_CASE("Closing ends what was given before, and refuses what comes after") {
  FreshStore store;
  std::mutex mutex;
  std::size_t committed = 0;
  for (int i = 0; i < 100; ++i)
    store->commit(unit({create("a" + std::to_string(i), "1")}), [&](const CommitResult& result) {
      const std::lock_guard lock(mutex);
      committed += result.has_value();
    });
  store->close();
  CHECK(committed == 100);
  const auto late = commit(*store, unit({create("late", "1")}));
  CHECK(late.error().error.code == Code::unavailable);
  CHECK(store->get(note("a1")).error().code == Code::unavailable);
  CHECK(store->forget_answers(at(0)).error().code == Code::unavailable);
}

}  // namespace backplane::store::testing
