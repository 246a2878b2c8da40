#include "app/source_watch.hpp"

#include <cstdlib>
#include <optional>

#include "app/source_name.hpp"
#include "app/told_files.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"

namespace fs = std::filesystem;
using backplane::app::is_source_name;
using backplane::app::SourceTree;
using backplane::app::SourceWatch;
using backplane::app::watch_sources;
using backplane::base::Code;
using backplane::tests::eventually;
using backplane::tests::replace;
using backplane::tests::Sentinel;
using backplane::tests::TemporaryDirectory;
using backplane::tests::ToldFiles;

namespace {

// A watch on a tree with one source, a hidden folder and two build folders.
struct WatchedTree {
  WatchedTree() {
    for (const char* const name : {"tree/src", "tree/.git", "tree/build", "tree/another/deep"})
      fs::create_directories(folder / name);
    folder.write("tree/src/one.cpp", "first");
    folder.write("tree/another/CMakeCache.txt", "");
    auto made = watch_sources(told.recorder());
    REQUIRE(made);
    sources = std::move(*made);
    REQUIRE(sources->watch({{tree, {tree / "build"}}, {folder / "sentinel", {}}}));
  }

  bool settles() {
    if (!fs::exists(folder / "sentinel")) fs::create_directory(folder / "sentinel");
    if (!sentinel) {
      sentinel.emplace(folder / "sentinel/it.c");
      if (!eventually([&] { return told.times(sentinel->path()) > 0; })) return false;
    }
    return sentinel->passes(told);
  }

  TemporaryDirectory folder;
  const fs::path tree = folder / "tree";
  ToldFiles told;
  std::optional<Sentinel> sentinel;
  std::unique_ptr<SourceWatch> sources;
};

}  // namespace

TEST_CASE("Sources are told from other files by their names") {
  for (const char* const name : {"a.c", "a.cc", "a.cpp", "a.cxx", "a.h", "a.hh", "a.hpp", "CMakeLists.txt", "a.cmake"})
    CHECK(is_source_name(name));
  for (const char* const name :
       {"a.o", "a.so", "cpp", "a.cpp~", ".a.cpp", ".#a.cpp", "a.cpp.swp", "CMakeCache.txt", "4913"})
    CHECK_FALSE(is_source_name(name));
}

TEST_CASE("A source that changes is told, in whichever way it is saved") {
  WatchedTree watched;
  const fs::path source = watched.tree / "src/one.cpp";
  SECTION("in place") { watched.folder.write("tree/src/one.cpp", "second"); }
  SECTION("by a rename") { replace(source, "second"); }
  SECTION("with the old one moved away") {
    fs::rename(source, source.string() + "~");
    watched.folder.write("tree/src/one.cpp", "second");
  }
  CHECK(watched.told.eventually(source, "second"));
}

TEST_CASE("A source that is touched or generated anew with the same bytes is not told") {
  WatchedTree watched;
  fs::last_write_time(watched.tree / "src/one.cpp", fs::file_time_type::clock::now());
  watched.folder.write("tree/src/one.cpp", "first");
  CHECK(watched.settles());
  CHECK(watched.told.times(watched.tree / "src/one.cpp") == 0);
}

TEST_CASE("A new source is told, and one that is gone") {
  WatchedTree watched;
  watched.folder.write("tree/src/two.hpp", "new");
  CHECK(watched.told.eventually(watched.tree / "src/two.hpp", "new"));
  fs::remove(watched.tree / "src/two.hpp");
  CHECK(watched.told.eventually(watched.tree / "src/two.hpp", ""));
}

TEST_CASE("What comes to be in new folders is told, however deep") {
  WatchedTree watched;
  fs::create_directories(watched.tree / "new/deeper");
  watched.folder.write("tree/new/deeper/two.c", "new");
  CHECK(watched.told.eventually(watched.tree / "new/deeper/two.c", "new"));
  watched.folder.write("tree/new/deeper/two.c", "newer");
  CHECK(watched.told.eventually(watched.tree / "new/deeper/two.c", "newer"));
}

TEST_CASE("The sources of a folder that is moved away are told, and those that are moved in") {
  WatchedTree watched;
  fs::create_directory(watched.folder / "outside");
  watched.folder.write("outside/two.cpp", "moved in");
  fs::rename(watched.tree / "src", watched.folder / "away");
  CHECK(watched.told.eventually(watched.tree / "src/one.cpp", ""));
  fs::rename(watched.folder / "outside", watched.tree / "src");
  CHECK(watched.told.eventually(watched.tree / "src/two.cpp", "moved in"));
}

TEST_CASE("A tree may be deleted and made again") {
  WatchedTree watched;
  fs::remove_all(watched.tree);
  CHECK(watched.told.eventually(watched.tree / "src/one.cpp", ""));
  fs::create_directories(watched.tree / "src");
  watched.folder.write("tree/src/one.cpp", "again");
  CHECK(watched.told.eventually(watched.tree / "src/one.cpp", "again"));
}

TEST_CASE("Hidden folders, build folders and other files are not told") {
  WatchedTree watched;
  const std::vector<std::string> names{"tree/.git/x.c", "tree/build/x.c", "tree/another/x.c", "tree/another/deep/x.c",
                                       "tree/src/x.o"};
  for (const std::string& name : names) watched.folder.write(name, "x");
  CHECK(watched.settles());
  for (const std::string& name : names) CHECK(watched.told.times(watched.folder / name) == 0);
}

TEST_CASE("A folder that becomes a build folder is no longer watched") {
  WatchedTree watched;
  fs::create_directory(watched.tree / "out");
  watched.folder.write("tree/out/CMakeCache.txt", "");
  watched.folder.write("tree/src/two.cpp", "new");
  REQUIRE(watched.told.eventually(watched.tree / "src/two.cpp", "new"));
  watched.folder.write("tree/out/generated.c", "x");
  CHECK(watched.settles());
  CHECK(watched.told.times(watched.tree / "out/generated.c") == 0);
}

TEST_CASE("Too many folders are refused, and what was watched before still is") {
  TemporaryDirectory folder;
  ToldFiles told;
  for (const char* const name : {"small", "large/1", "large/2"}) fs::create_directories(folder / name);
  auto sources = watch_sources(told.recorder(), {.times = {}, .most_folders = 2});
  REQUIRE(sources);
  REQUIRE((*sources)->watch({{folder / "small"}}));
  const auto refused = (*sources)->watch({{folder / "large"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::too_large);
  CHECK(refused.error().message.find(": wanted at most 2 folders of sources to watch, found more") !=
        std::string::npos);
  folder.write("small/one.c", "new");
  CHECK(told.eventually(folder / "small/one.c", "new"));
}

TEST_CASE("With few watches left to the user, the setting to raise is named", "[.][few_watches]") {
  TemporaryDirectory folder;
  for (const char* const name : {"1", "2", "3", "4", "5", "6", "7", "8"}) fs::create_directory(folder / name);
  auto sources = watch_sources([](const std::vector<fs::path>&) {});
  REQUIRE(sources);
  const auto refused = (*sources)->watch({{folder.path()}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("fs.inotify.max_user_watches") != std::string::npos);
}

// The setting is lowered for this user alone, in a user namespace; where none may be made, this is not tested.
TEST_CASE("The system's limit on watches is named when it is reached") {
  const std::string lowered = "unshare -Ur sh -c 'echo 8 > /proc/sys/user/max_inotify_watches && ";
  if (std::system((lowered + "true' 2> /dev/null").c_str()) != 0) return;
  CHECK(std::system(
            (lowered + fs::read_symlink("/proc/self/exe").string() + " \"[few_watches]\" > /dev/null'").c_str()) == 0);
}
