// What becomes of a store on a disk that is full: a small file system of its own, where mounting one is permitted.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "store/fresh_events.hpp"
#include "store/fresh_sqlite_store.hpp"

namespace backplane::store::testing {
namespace {

constexpr std::uint64_t mebi = 1 << 20;

// A file system of 24 MiB in memory.
class SmallFileSystem {
 public:
  static std::unique_ptr<SmallFileSystem> mount_if_permitted() {
    auto made = std::unique_ptr<SmallFileSystem>(new SmallFileSystem);
    if (mount("tmpfs", made->path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=24m") == 0) {
      made->mounted_ = true;
      return made;
    }
    WARN("not tested: mounting a small file system is not permitted here (" << std::strerror(errno) << ")");
    return nullptr;
  }
  ~SmallFileSystem() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  SmallFileSystem() = default;
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

// Takes all that is left of the file system, until it is gone.
class Filler {
 public:
  explicit Filler(const std::filesystem::path& directory) : path_(directory / "filler") {
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::array<char, 4096> bytes{};
    while (write(file, bytes.data(), bytes.size()) > 0) continue;
    close(file);
  }
  ~Filler() { std::filesystem::remove(path_); }

 private:
  std::filesystem::path path_;
};

class SmallStore {
 public:
  explicit SmallStore(const SmallFileSystem& disk) : options_{disk.path() / "x.db"} {
    options_.ballast_bytes = mebi;
    open();
  }
  void open() {
    auto opened = open_sqlite(options_);
    if (!opened) FAIL(opened.error().message);
    store_ = std::move(*opened);
    REQUIRE(store_->declare(declared_types(), nullptr).has_value());
  }
  void reopen() {
    store_.reset();
    open();
  }
  Store& operator*() const { return *store_; }
  Store* operator->() const { return store_.get(); }
  std::filesystem::path ballast() const { return options_.path.string() + ".ballast"; }
  std::uint64_t ballast_bytes() const { return std::filesystem::file_size(ballast()); }

 private:
  SqliteOptions options_;
  std::unique_ptr<Store> store_;
};

CommitResult publish_one(Store& store, int number) {
  model::Event large = event("e" + std::to_string(number));
  large.payload = model::Document::trusted('"' + std::string(3000, 'x') + '"');
  return commit(store, publishing({large}, number));
}

// Publishes from `first` on until the disk is full; how many went well.
std::uint64_t fill(Store& store, int first) {
  for (int i = first;; ++i) {
    const CommitResult result = publish_one(store, i);
    if (result) continue;
    CHECK(result.error().error.code == base::Code::storage);
    CHECK_THAT(result.error().error.message, Catch::Contains("x.db") && Catch::Contains("the disk is full"));
    return static_cast<std::uint64_t>(i - first);
  }
}

void retain_all_but(Store& store, std::uint64_t kept) {
  Retention retention;
  retention.max_events = kept;
  for (;;) {
    const auto retained = store.events().retain(retention, at(1));
    if (!retained) FAIL(retained.error().message);
    if (!retained->more) return;
  }
}

}  // namespace

TEST_CASE(
    "On a full disk what was answered stays and is read, retention makes room, and commits go on without a restart") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  SmallStore store(*disk);
  done(*store, create("a", "1"));
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  const std::uint64_t published = fill(*store, 0);
  CHECK(published > 1000);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(commit(*store, unit({create("b" + std::to_string(i), "1")})).has_value());
  CHECK(found(*store, "a").current.document.text() == "1");
  CHECK(events(*store).size() == published);

  REQUIRE(keep(*store, {"p/s", 1, published}).has_value());
  retain_all_but(*store, 100);
  for (int i = 0; i < 1000; ++i) REQUIRE(publish_one(*store, 1'000'000 + i).has_value());
  done(*store, create("b", "2"));
  CHECK(events(*store).size() == 1100);
  store.reopen();
  CHECK(events(*store).size() == 1100);
  CHECK(found(*store, "b").current.document.text() == "2");
}

TEST_CASE("A full disk can be filled and retained again and again") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  SmallStore store(*disk);
  for (int round = 0; round < 4; ++round) {
    CHECK(fill(*store, round * 1'000'000) > 1000);
    retain_all_but(*store, 10);
    CHECK(events(*store).size() == 10);
  }
}

TEST_CASE("When others fill the disk, units are refused until they give way; then the ballast is held again") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  SmallStore store(*disk);
  CHECK(store.ballast_bytes() == mebi);
  auto filler = std::make_optional<Filler>(disk->path());
  const std::uint64_t published = fill(*store, 0);
  CHECK(store.ballast_bytes() == 0);
  filler.reset();
  REQUIRE(publish_one(*store, 1'000'000).has_value());
  CHECK(store.ballast_bytes() == mebi);
  CHECK(events(*store).size() == published + 1);
}

TEST_CASE("On a full disk a resource can be purged, and a subscription goes on") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  SmallStore store(*disk);
  done(*store, create("a", "1"));
  REQUIRE(store->deliveries().open_cursor("p/s", 0, at(1)).has_value());
  fill(*store, 0);
  CHECK_FALSE(commit(*store, unit({create("b", "1")})).has_value());
  done(*store, Purge{note("a"), {}});
  REQUIRE(keep(*store, {"p/s", 1, 5}).has_value());
  CHECK(store->deliveries().cursors()->at(0).floor == 5);
  CHECK(store->get(note("a")).error().code == base::Code::not_found);
}

TEST_CASE("A store on a full disk is opened again, read, and makes room") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  SmallStore store(*disk);
  const std::uint64_t published = fill(*store, 0);
  store.reopen();
  CHECK(events(*store).size() == published);
  const Filler filler(disk->path());
  store.reopen();
  retain_all_but(*store, 10);
  REQUIRE(publish_one(*store, 1'000'000).has_value());
}

TEST_CASE("The ballast takes no more than a sixteenth of its file system, and nothing when there is to be none") {
  const auto disk = SmallFileSystem::mount_if_permitted();
  if (disk == nullptr) return;
  const SqliteOptions options{disk->path() / "y.db"};
  const std::filesystem::path ballast = options.path.string() + ".ballast";
  REQUIRE(open_sqlite(options).has_value());
  CHECK(std::filesystem::file_size(ballast) == 24 * mebi / 16);
  SqliteOptions without = options;
  without.ballast_bytes = 0;
  REQUIRE(open_sqlite(without).has_value());
  CHECK_FALSE(std::filesystem::exists(ballast));
}

}  // namespace backplane::store::testing
