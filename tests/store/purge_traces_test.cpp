// What SQLite must not leave behind: the files are searched for the bytes of what was purged.
#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <thread>

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
