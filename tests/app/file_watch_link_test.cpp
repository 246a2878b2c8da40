// Symbolic links on the way to a watched file.
#include "app/told_files.hpp"
#include "support/catch.hpp"

namespace fs = std::filesystem;
using backplane::tests::replace;
using backplane::tests::TemporaryDirectory;
using backplane::tests::ToldFiles;
using backplane::tests::watch;

namespace {

// Two releases, one of which is current; the library in each is a link to its version.
struct Releases {
  Releases() {
    for (const char* const release : {"1", "2"}) {
      fs::create_directories(folder / "releases" / release);
      folder.write("releases/" + std::string(release) + "/x.so.1", release);
      fs::create_symlink("x.so.1", folder / "releases" / release / "x.so");
    }
    point("current", "releases/1");
    files = watch({file}, told.recorder());
  }

  // As deployment tools do it: a new link, renamed over the old one.
  void point(const fs::path& link, const fs::path& target) const {
    fs::create_symlink(target, folder / "link.part");
    fs::rename(folder / "link.part", folder.path() / link);
  }

  TemporaryDirectory folder;
  const fs::path file = folder / "current/x.so";
  ToldFiles told;
  std::unique_ptr<backplane::app::FileWatch> files;
};

}  // namespace

TEST_CASE("A link to a folder on the way that is swapped is seen") {
  Releases releases;
  releases.point("current", "releases/2");
  CHECK(releases.told.eventually(releases.file, "2"));
  releases.point("current", releases.folder / "releases/1");
  CHECK(releases.told.eventually(releases.file, "1"));
}

TEST_CASE("A link that is removed and made anew is seen") {
  Releases releases;
  fs::remove(releases.folder / "current");
  fs::create_symlink("releases/2", releases.folder / "current");
  CHECK(releases.told.eventually(releases.file, "2"));
}

TEST_CASE("A file's own link that is swapped is seen") {
  Releases releases;
  releases.folder.write("releases/1/x.so.2", "newer");
  releases.point("releases/1/x.so", "x.so.2");
  CHECK(releases.told.eventually(releases.file, "newer"));
}

TEST_CASE("A link in the middle of a chain that is swapped is seen") {
  Releases releases;
  releases.point("releases/1/x.so", "../../chosen");
  releases.point("chosen", "releases/1/x.so.1");
  releases.folder.write("third", "3");
  releases.point("chosen", "third");
  CHECK(releases.told.eventually(releases.file, "3"));
}

TEST_CASE("The file behind the links is seen to change, wherever these lead now") {
  Releases releases;
  releases.folder.write("releases/1/x.so.1", "written in place");
  CHECK(releases.told.eventually(releases.file, "written in place"));
  releases.point("current", "releases/2");
  CHECK(releases.told.eventually(releases.file, "2"));
  replace(releases.folder / "releases/2/x.so.1", "replaced");
  CHECK(releases.told.eventually(releases.file, "replaced"));
}

TEST_CASE("A link that leads nowhere is told when it leads to a file") {
  Releases releases;
  releases.point("current", "releases/3");
  fs::create_directory(releases.folder / "releases/3");
  fs::create_symlink("x.so.1", releases.folder / "releases/3/x.so");
  releases.folder.write("releases/3/x.so.1", "3");
  CHECK(releases.told.eventually(releases.file, "3"));
}
