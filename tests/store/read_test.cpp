#include <atomic>
#include <thread>

#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;

namespace {

std::vector<std::uint64_t> numbers(const std::vector<model::Revision>& revisions) {
  std::vector<std::uint64_t> all;
  for (const model::Revision& revision : revisions) all.push_back(revision.version.revision);
  return all;
}

std::vector<std::string> scanned_ids(Store& store, const std::string& after) {
  std::vector<std::string> ids;
  REQUIRE(store.scan("acme", "note", after, [&](const Scanned& scanned) {
    ids.push_back(scanned.resource.key.id);
    return true;
  }).has_value());
  return ids;
}

}  // namespace

TEST_CASE("Revisions are listed in the order of their numbers, wherever the current one stands, without documents") {
  FreshStore store;
  done(*store, create("a", "1"));
  for (const char* const json : {"2", "3", "4"}) done(*store, update("a", json));
  done(*store, Switch{note("a"), {}, 2});
  using Numbers = std::vector<std::uint64_t>;
  const auto listed = [&](std::uint64_t after, std::size_t limit) {
    return numbers(store->list_revisions(note("a"), after, limit).value());
  };
  CHECK(listed(0, 10) == Numbers{1, 2, 3, 4});
  CHECK(listed(0, 2) == Numbers{1, 2});
  CHECK(listed(0, 1) == Numbers{1});
  CHECK(listed(2, 10) == Numbers{3, 4});
  CHECK(listed(1, 2) == Numbers{2, 3});
  CHECK(listed(4, 10).empty());
  const auto revisions = store->list_revisions(note("a"), 0, 10);
  for (const model::Revision& revision : *revisions)
    CHECK(revision.document.text() == "{}");
}

TEST_CASE("One revision is read with its document, the current one and those of a deleted resource too") {
  FreshStore store;
  done(*store, create("a", "1"));
  done(*store, update("a", "2"));
  done(*store, Delete{note("a"), {}});
  CHECK(store->get_revision(note("a"), 1)->document.text() == "1");
  CHECK(store->get_revision(note("a"), 2)->document.text() == "2");
  CHECK(store->get_revision(note("a"), 2)->parent == 1);
  CHECK(store->get_revision(note("a"), 3).error().code == Code::not_found);
}

TEST_CASE("A scan gives every resource of the type in the order of the ids, deleted ones too, after the one named") {
  FreshStore store;
  for (const char* const id : {"c", "a", "B", "d"}) done(*store, create(id, "1"));
  done(*store, Create{{"acme", "task", "t"}, model::Status::stable, doc("1")});
  done(*store, Create{{"", "note", "n"}, model::Status::stable, doc("1")});
  done(*store, update("a", "2"));
  done(*store, update("a", "3"));
  done(*store, Delete{note("c"), {}});
  CHECK(scanned_ids(*store, "") == std::vector<std::string>{"B", "a", "c", "d"});
  CHECK(scanned_ids(*store, "a") == std::vector<std::string>{"c", "d"});
  CHECK(scanned_ids(*store, "d").empty());
  REQUIRE(store->scan("acme", "note", "B", [&](const Scanned& scanned) {
    CHECK(scanned.resource.current.document.text() == "3");
    CHECK(numbers(scanned.revisions) == std::vector<std::uint64_t>{1, 2});
    CHECK(scanned.revisions.at(0).document.text() == "1");
    return false;
  }).has_value());
  CHECK(store->scan("acme", "never-heard-of", "", [](const Scanned&) { return true; }).has_value());
}

TEST_CASE("A scan sees one moment, whatever is committed meanwhile, and holds up no writer") {
  FreshStore store;
  for (const char* const id : {"a", "b", "c"}) done(*store, create(id, "1"));
  std::vector<std::string> seen;
  REQUIRE(store->scan("acme", "note", "", [&](const Scanned& scanned) {
    if (seen.empty()) {
      done(*store, update("b", "2"));
      done(*store, create("bb", "2"));
      CHECK(found(*store, "b").current.document.text() == "2");
    }
    seen.push_back(scanned.resource.key.id + std::string(scanned.resource.current.document.text()));
    return true;
  }).has_value());
  CHECK(seen == std::vector<std::string>{"a1", "b1", "c1"});
}

TEST_CASE("A read that begins after the answer sees the commit, from any thread") {
  FreshStore store;
  done(*store, create("a", "0"));
  std::atomic<int> answered = 0;
  std::atomic<bool> ended = false;
  std::atomic<int> stale = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&] {
      while (!ended) {
        const int least = answered;
        const auto resource = store->get(note("a"));
        if (!resource || std::stoi(std::string(resource->current.document.text())) < least) ++stale;
      }
    });
  for (int i = 1; i <= 200; ++i) {
    const auto result = commit(*store, unit({update("a", std::to_string(i))}));
    answered = result ? i : 1'000'000;
  }
  ended = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(stale == 0);
}

}  // namespace backplane::store::testing
