// Folders on the way to a watched file.
#include <fstream>

#include "app/told_files.hpp"
#include "support/catch.hpp"

namespace fs = std::filesystem;
using backplane::tests::Sentinel;
using backplane::tests::TemporaryDirectory;
using backplane::tests::ToldFiles;
using backplane::tests::watch;

TEST_CASE("A file that is not there yet is told when it comes, with the folders on its way") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path file = folder / "build/out/one";
  const auto files = watch({file}, told.recorder());
  fs::create_directories(file.parent_path());
  folder.write("build/out/one", "first");
  CHECK(told.eventually(file, "first"));
}

TEST_CASE("A build folder may be deleted and made again, whole or piece by piece") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path file = folder / "build/out/one";
  fs::create_directories(file.parent_path());
  folder.write("build/out/one", "0");
  const auto files = watch({file}, told.recorder());
  for (int round = 1; round < 10; ++round) {
    const std::string content = std::to_string(round);
    fs::remove_all(folder / "build");
    const fs::path made = round % 2 == 0 ? folder / "build" : folder / "elsewhere";
    fs::create_directories(made / "out");
    std::ofstream(made / "out/one") << content;
    if (round % 2 != 0) fs::rename(made, folder / "build");
    REQUIRE(told.eventually(file, content));
  }
}

TEST_CASE("A folder that another one takes the place of no longer counts") {
  TemporaryDirectory folder;
  ToldFiles told;
  for (const char* const name : {"build", "next"}) {
    fs::create_directory(folder / name);
    folder.write(std::string(name) + "/one", name);
  }
  Sentinel sentinel(folder / "sentinel");
  const fs::path file = folder / "build/one";
  const auto files = watch({file, sentinel.path()}, told.recorder());
  fs::rename(folder / "build", folder / "before");
  fs::rename(folder / "next", folder / "build");
  REQUIRE(told.eventually(file, "next"));
  folder.write("before/one", "written behind the back");
  CHECK(sentinel.passes(told));
  CHECK(told.times(file) == 1);
}
