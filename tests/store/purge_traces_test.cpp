// What SQLite must not leave behind: the files are searched for the bytes of what was purged.
#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <thread>

#include "store/fresh_events.hpp"
#include "store/fresh_sqlite_store.hpp"

namespace backplane::store::testing {
namespace {

// How many of the texts are found in the store's files.
std::size_t traces(const FreshSqliteStore& store, const std::vector<std::string>& texts) {
  std::string bytes;
  for (const char* const suffix : {"", "-wal", "-journal", ".lock"}) bytes += bytes_of(store.path().string() + suffix);
  return static_cast<std::size_t>(std::count_if(texts.begin(), texts.end(), [&](const std::string& text) {
    return memmem(bytes.data(), bytes.size(), text.data(), text.size()) != nullptr;
  }));
}

bool holds(const FreshSqliteStore& store, const std::string& text) { return traces(store, {text}) > 0; }

std::string marked(const std::string& marker, std::size_t times) {
  std::string text = R"({"title":")" + marker + R"(","text":")";
  for (std::size_t i = 0; i < times; ++i) text += marker + std::to_string(i);
  return text + "\"}";
}

}  // namespace

TEST_CASE("No byte of a purged document, nor of its answers, stays in the files") {
  FreshSqliteStore store;
  done(*store, create("other", R"({"title":"stays-here"})"));
  done(*store, create("a", marked("SECRET-one", 3)));
  done(*store, update("a", marked("SECRET-two", 900)));
  UnitOfWork with_answer = unit({update("a", marked("SECRET-three", 30))});
  with_answer.idempotency = Idempotency{{"acme", "ann", "k"}, "digest", [](const auto&) { return "SECRET-answer"; }};
  REQUIRE(commit(*store, std::move(with_answer)).has_value());
  done(*store, Delete{note("a"), {}});
  CHECK(holds(store, "SECRET-"));
  done(*store, Purge{note("a"), {}});
  CHECK_FALSE(holds(store, "SECRET-"));
  CHECK(holds(store, "stays-here"));
}

TEST_CASE("No byte of a purged document stays where rows were moved between pages") {
  FreshSqliteStore store;
  std::mt19937 random(20'260'101);
  std::set<std::string> live;
  std::size_t left = 0;
  std::vector<std::string> gone;
  for (int round = 0; round < 30; ++round) {
    for (int step = 0; step < 3; ++step) {
      std::vector<Write> writes;
      for (int i = 0; i < 30; ++i) {
        const std::string id = "m" + std::to_string(random());
        live.insert(id);
        writes.emplace_back(create(id, marked(id + "!", 1 + random() % 60)));
        const auto other = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
        if (*other != id) writes.emplace_back(update(*other, marked(*other + "!", 1 + random() % 60)));
      }
      const auto result = commit(*store, unit(std::move(writes)));
      REQUIRE(result.has_value());
    }
    std::vector<std::string> victims;
    for (int i = 0; i < 30; ++i) {
      const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
      victims.push_back(*victim);
      live.erase(victim);
    }
    std::vector<Write> purges;
    for (const std::string& id : victims) purges.emplace_back(Purge{note(id), {}});
    REQUIRE(commit(*store, unit(std::move(purges))).has_value());
    for (std::string& id : victims) id += '!';
    left += traces(store, victims);
    gone.insert(gone.end(), victims.begin(), victims.end());
  }
  CHECK(left == 0);
  CHECK(traces(store, gone) == 0);
}

TEST_CASE("No byte of the payloads of events about a purged resource stays in the files") {
  FreshSqliteStore store;
  std::mt19937 random(20'260'102);
  for (const char* const id : {"a", "b"}) done(*store, create(id, "1"));
  for (int i = 0; i < 400; ++i) {
    const bool secret = random() % 3 == 0;
    model::Event one = event("e" + std::to_string(i));
    one.subject = secret ? "note/a" : "note/b";
    one.key = "envelope-key";
    one.payload = model::Document::trusted(marked(secret ? "SECRET" : "stays-here", random() % (i % 50 == 0 ? 900 : 30)));
    publish(*store, {one});
  }
  REQUIRE(store->deliveries().open_cursor("p/s", 400, at(1)).has_value());
  std::vector<Delivery> dead;
  for (const model::Event& each : events(*store))
    dead.push_back({each.position, DeliveryState::dead, 1, at(1), "k", each.subject == "note/a" ? "SECRET error" : "an error"});
  REQUIRE(keep(*store, {"p/s", 1, {}, dead}).has_value());
  CHECK(holds(store, "SECRET"));
  done(*store, Purge{note("a"), {}});
  CHECK_FALSE(holds(store, "SECRET"));
  CHECK(holds(store, "stays-here"));
  CHECK(holds(store, "envelope-key"));
  CHECK(events(*store).size() == 400);
}

TEST_CASE("No byte of a payload stays that was removed by retention before its resource was purged") {
  FreshSqliteStore store;
  done(*store, create("a", "1"));
  for (int i = 0; i < 200; ++i) {
    model::Event one = event("e" + std::to_string(i));
    one.subject = "note/a";
    one.payload = model::Document::trusted(marked("SECRET", 20));
    publish(*store, {one});
  }
  Retention retention;
  retention.max_events = 100;
  REQUIRE(store->events().retain(retention, at(1)).has_value());
  done(*store, Purge{note("a"), {}});
  CHECK_FALSE(holds(store, "SECRET"));
}

TEST_CASE("What a host that was killed had yet to erase is erased when its store is opened") {
  FreshSqliteStore store;
  const TemporaryDirectory left_behind;
  done(*store, create("a", marked("SECRET", 900)));
  done(*store, create("b", "1"));
  const auto copied = left_behind.path() / "backplane.db";
  std::size_t seen = 0;
  REQUIRE(store->scan("acme", "note", "", [&](const Scanned&) {
    if (seen++ > 0) return true;
    done(*store, Purge{note("a"), {}});
    // The files as they are now are what kill -9 would leave: the reader keeps the purge from its end.
    for (const char* const suffix : {"", "-wal"}) std::filesystem::copy_file(store.path().string() + suffix, copied.string() + suffix);
    return true;
  }).has_value());
  const auto left = [&] { return bytes_of(copied) + bytes_of(copied.string() + "-wal"); };
  CHECK(left().find("SECRET") != std::string::npos);
  const auto opened = open_sqlite({copied});
  REQUIRE(opened.has_value());
  CHECK(left().find("SECRET") == std::string::npos);
  (*opened)->close();
}

TEST_CASE("While a read from before holds its snapshot, a purge is answered; when it has ended, the bytes are gone") {
  FreshSqliteStore store;
  done(*store, create("a", marked("SECRET", 3)));
  done(*store, create("b", "1"));
  std::size_t seen = 0;
  REQUIRE(store->scan("acme", "note", "", [&](const Scanned& scanned) {
    if (seen++ == 0) done(*store, Purge{note("a"), {}});
    CHECK(scanned.resource.key.tenant == "acme");
    return true;
  }).has_value());
  CHECK(seen == 2);
  CHECK(store->get(note("a")).error().code == base::Code::not_found);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (holds(store, "SECRET") && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK_FALSE(holds(store, "SECRET"));
}

}  // namespace backplane::store::testing
