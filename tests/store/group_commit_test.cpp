#include <sys/resource.h>

#include <csignal>
#include <future>
#include <thread>

#include "store/fresh_events.hpp"
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

TEST_CASE("The write-ahead log is copied into the database again and again, and stays short") {
  FreshSqliteStore store;
  const std::string large = '"' + std::string(100 << 10, 'x') + '"';
  for (int i = 0; i < 300; ++i) done(*store, create("a" + std::to_string(i), large));
  CHECK(std::filesystem::file_size(store.path().string() + "-wal") < 12u << 20u);
  CHECK(std::filesystem::file_size(store.path()) > 16u << 20u);
}

TEST_CASE("A unit much larger than what the log takes at once is kept whole, beside small ones") {
  FreshSqliteStore store;
  const auto large = [](char letter) { return '"' + std::string(900 << 10, letter) + '"'; };
  for (const char letter : {'a', 'b'}) {
    done(*store, create(std::string("small-") + letter, "1"));
    done(*store, create(std::string("large-") + letter, large(letter)));
  }
  store.reopen();
  for (const char letter : {'a', 'b'}) {
    CHECK(found(*store, std::string("large-") + letter).current.document.text() == large(letter));
    CHECK(found(*store, std::string("small-") + letter).current.document.text() == "1");
  }
}

namespace {

// Files cannot grow beyond `bytes` while it lives.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(getrlimit(RLIMIT_FSIZE, &old_limit_) == 0);
    rlimit small = old_limit_;
    small.rlim_cur = bytes;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int);
};

}  // namespace

TEST_CASE("When the disk takes no more, the units fail as storage, nothing of them stays, and later ones succeed") {
  FreshSqliteStore store;
  done(*store, create("kept", "1"));
  auto disk = std::make_unique<SmallDisk>(200 << 10);
  const auto result = commit(*store, unit({create("a", "1"), create("large", '"' + std::string(900 << 10, 'x') + '"')}));
  const auto lone = commit(*store, unit({create("lone", '"' + std::string(900 << 10, 'x') + '"')}));
  disk.reset();
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

TEST_CASE("When the disk takes no more, events are refused as storage and none is lost; with room they go on, without a restart") {
  FreshSqliteStore store;
  publish_many(*store, 1, 20);
  REQUIRE(store->deliveries().open_cursor("p/s", 3, at(1)).has_value());
  auto disk = std::make_unique<SmallDisk>(200 << 10);
  model::Event large = event("large", "type.of.the_refused");
  large.payload = model::Document::trusted('"' + std::string(900 << 10, 'x') + '"');
  const auto refused_event = commit(*store, publishing({large}));
  const auto refused_progress = keep(*store, {"p/s", 1, 9, {{5, DeliveryState::dead, 1, at(1), "k", std::string(900 << 10, 'x')}}});
  CHECK(events(*store).size() == 20);
  CHECK(store->events().last_position() == 20);
  disk.reset();
  REQUIRE_FALSE(refused_event.has_value());
  CHECK(refused_event.error().error.code == base::Code::storage);
  CHECK_THAT(refused_event.error().error.message, Catch::Contains(store.path().string()));
  REQUIRE_FALSE(refused_progress.has_value());
  CHECK(refused_progress.error().code == base::Code::storage);
  CHECK(publish(*store, {event("next", "type.of.the_refused")}).at(0).position == 21);
  CHECK(events(*store).back().type == "type.of.the_refused");
  REQUIRE(keep(*store, {"p/s", 1, 4}).has_value());
  CHECK(store->deliveries().cursors()->at(0).floor == 4);
  store.reopen();
  CHECK(events(*store).size() == 21);
}

}  // namespace backplane::store::testing
