#include "app/path_walk.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using backplane::app::Step;
using backplane::app::walk_path;
using backplane::tests::TemporaryDirectory;

namespace {

// The entries on the way that lie below the folder, as paths in it; those of the last name in brackets.
struct Walk {
  Walk(const fs::path& folder, const fs::path& path) {
    const fs::path real = fs::canonical(folder);
    end = walk_path(path, [&](const fs::path& directory, const std::string& name, Step step) {
            const fs::path entry = (directory / name).lexically_relative(real);
            if (*entry.begin() == ".." || entry == ".") return;
            way += (way.empty() ? "" : " ") + (step == Step::last ? "[" + entry.string() + "]" : entry.string());
          }).lexically_relative(real);
  }
  std::string way;
  fs::path end;
};

}  // namespace

TEST_CASE("A path leads through its folders to its last name") {
  TemporaryDirectory folder;
  fs::create_directories(folder / "a/b");
  folder.write("a/b/c", "");
  const Walk walk(folder.path(), folder / "a/b/c");
  CHECK(walk.way == "a a/b [a/b/c]");
  CHECK(walk.end == "a/b/c");
}

TEST_CASE("A way begins at the root") {
  std::string first;
  walk_path("/x",
            [&](const fs::path& directory, const std::string& name, Step) { first = directory.string() + " " + name; });
  CHECK(first == "/ x");
}

TEST_CASE("A path ends where nothing is yet") {
  TemporaryDirectory folder;
  fs::create_directory(folder / "a");
  const Walk walk(folder.path(), folder / "a/b/c");
  CHECK(walk.way == "a a/b");
  CHECK(walk.end.empty());
}

TEST_CASE("Every link on the way is looked up, and what it leads to") {
  TemporaryDirectory folder;
  fs::create_directories(folder / "releases/2/lib");
  folder.write("releases/2/lib/x.so.1.2", "");
  fs::create_symlink("releases/2", folder / "current");
  fs::create_symlink("x.so.1", folder / "releases/2/lib/x.so");
  fs::create_symlink(folder / "current/../2/lib/x.so.1.2", folder / "releases/2/lib/x.so.1");
  const Walk walk(folder.path(), folder / "current/lib/x.so");
  CHECK(walk.way ==
        "current releases releases/2 releases/2/lib [releases/2/lib/x.so] [releases/2/lib/x.so.1] "
        "current releases releases/2 releases/2 releases/2/lib [releases/2/lib/x.so.1.2]");
  CHECK(walk.end == "releases/2/lib/x.so.1.2");
}

TEST_CASE("A loop of links ends") {
  TemporaryDirectory folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  const Walk walk(folder.path(), folder / "a");
  CHECK(std::count(walk.way.begin(), walk.way.end(), '[') == 41);
  CHECK(walk.end.empty());
}

TEST_CASE("A file is no folder on the way") {
  TemporaryDirectory folder;
  folder.write("a", "");
  CHECK(Walk(folder.path(), folder / "a/b").end.empty());
}
