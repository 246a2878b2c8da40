#include <sys/resource.h>

#include <csignal>
#include <future>
#include <thread>

#include "store/fresh_sqlite_store.hpp"

namespace backplane::store::testing {

TEST_CASE("Commits of many threads share transactions") {
  FreshSqliteStore store;
  const StoreFigures before = store->figures();
  constexpr int threads = 32, each = 20, all = threads * each;
  std::atomic<int> committed = 0;
  std::vector<std::thread> committers;
  for (int t = 0; t < threads; ++t)
    committers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const model::ResourceKey key = note("t" + std::to_string(t) + "-" + std::to_string(i));
        committed += commit(*store, unit({Create{key, model::Status::stable, {}}})).has_value();
      }
    });
  for (std::thread& committer : committers) committer.join();
  const StoreFigures after = store->figures();
  CHECK(committed == all);
  CHECK(after.commits - before.commits == all);
  CHECK(after.batches - before.batches < all / 2);
}

TEST_CASE("A batch has no more units than it may have") {
  const TemporaryDirectory directory;
  SqliteOptions options{directory.path() / "x.db"};
  options.max_batch = 4;
  auto store = std::move(open_sqlite(options).value());
  std::promise<void> last;
  for (int i = 0; i < 40; ++i)
    store->commit(unit({create("a" + std::to_string(i), "1")}), [&last, i](const CommitResult&) {
      if (i == 39) last.set_value();
    });
  last.get_future().wait();
  CHECK(store->figures().batches >= 10);
}

TEST_CASE("When the disk takes no more, the units fail as storage, nothing of them stays, and later ones succeed") {
  FreshSqliteStore store;
  done(*store, create("kept", "1"));
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  rlimit small = old_limit;
  small.rlim_cur = 200 << 10;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto result = commit(*store, unit({create("a", "1"), create("large", '"' + std::string(900 << 10, 'x') + '"')}));
  const auto lone = commit(*store, unit({create("lone", '"' + std::string(900 << 10, 'x') + '"')}));
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  std::signal(SIGXFSZ, old_handler);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().error.code == base::Code::storage);
  REQUIRE_FALSE(lone.has_value());
  CHECK(lone.error().error.code == base::Code::storage);
  CHECK(store->get(note("a")).error().code == base::Code::not_found);
  done(*store, create("a", "2"));
  store.reopen();
  CHECK(found(*store, "a").current.document.text() == "2");
  CHECK(found(*store, "kept").current.document.text() == "1");
  CHECK(store->get(note("lone")).error().code == base::Code::not_found);
}

}  // namespace backplane::store::testing
