#include "app/file_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "app/told_files.hpp"
#include "support/catch.hpp"

namespace fs = std::filesystem;
using backplane::app::FileWatch;
using backplane::tests::content_of;
using backplane::tests::replace;
using backplane::tests::Sentinel;
using backplane::tests::TemporaryDirectory;
using backplane::tests::ToldFiles;
using backplane::tests::watch;

namespace {

// A watch on the file "one", which holds "first", and on a sentinel.
struct Watched {
  fs::path write(const std::string& content) const { return folder.write("one", content); }

  TemporaryDirectory folder;
  const fs::path file = folder.write("one", "first");
  Sentinel sentinel{folder / "sentinel"};
  ToldFiles told;
  std::unique_ptr<FileWatch> files = watch({file, sentinel.path()}, told.recorder());
};

}  // namespace

TEST_CASE("A file that is renamed into place is told once") {
  Watched watched;
  replace(watched.file, "second");
  CHECK(watched.told.eventually(watched.file, "second"));
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(watched.file) == 1);
}

TEST_CASE("A file that is written in place and closed is told") {
  Watched watched;
  watched.write("second");
  CHECK(watched.told.eventually(watched.file, "second"));
}

TEST_CASE("A file that is written and never closed is told all the same") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path file = folder.write("one", "first");
  const auto files = watch({file}, told.recorder(), {.held = std::chrono::milliseconds(50)});
  std::ofstream stream(file, std::ios::app);
  stream << " and more" << std::flush;
  CHECK(told.eventually(file, "first and more"));
}

TEST_CASE("A file that its writer keeps open is told when it is closed") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path file = folder.write("one", "first");
  Sentinel sentinel(folder / "sentinel");
  const auto files = watch({file, sentinel.path()}, told.recorder(), {.held = std::chrono::hours(1)});
  std::ofstream stream(file);
  stream << "half " << std::flush;
  CHECK(sentinel.passes(told));
  CHECK(sentinel.passes(told));
  CHECK(told.times(file) == 0);
  stream << "whole" << std::flush;
  stream.close();
  CHECK(told.eventually(file, "half whole"));
  CHECK(told.times(file) == 1);
}

TEST_CASE("A file that is written in pieces is told whole in the end") {
  Watched watched;
  std::string whole;
  std::ofstream stream(watched.file);
  for (int i = 0; i < 200; ++i) {
    stream << i << std::flush;
    whole += std::to_string(i);
  }
  stream.close();
  CHECK(watched.told.eventually(watched.file, whole));
}

TEST_CASE("A file that is truncated in pieces is told at its last length") {
  Watched watched;
  watched.write(std::string(1000, 'x'));
  const int file = ::open(watched.file.c_str(), O_WRONLY | O_CLOEXEC);
  for (int length = 990; length >= 10; length -= 10) REQUIRE(::ftruncate(file, length) == 0);
  ::close(file);
  CHECK(watched.told.eventually(watched.file, std::string(10, 'x')));
}

TEST_CASE("Of two quick builds the last one is told last") {
  Watched watched;
  for (int round = 0; round < 20; ++round) {
    const std::string last = "last of round " + std::to_string(round);
    replace(watched.file, "first of round " + std::to_string(round));
    replace(watched.file, last);
    REQUIRE(watched.told.eventually(watched.file, last));
  }
  CHECK(watched.told.times(watched.file) <= 40);
}

TEST_CASE("A file that is touched, made executable or rewritten with the same bytes is not told") {
  Watched watched;
  SECTION("touched") { fs::last_write_time(watched.file, fs::file_time_type::clock::now()); }
  SECTION("made executable") { fs::permissions(watched.file, fs::perms::owner_all); }
  SECTION("rewritten in place") { watched.write("first"); }
  SECTION("replaced") { replace(watched.file, "first"); }
  SECTION("deleted and made again") {
    fs::remove(watched.file);
    watched.write("first");
  }
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(watched.file) == 0);
}

TEST_CASE("Other files of the folder are not told") {
  Watched watched;
  watched.folder.write("other", "x");
  replace(watched.folder / "another", "x");
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(watched.folder / "other") == 0);
  CHECK(watched.told.times(watched.folder / "another") == 0);
}

TEST_CASE("A deleted file is told when it is there again, with other bytes") {
  Watched watched;
  fs::remove(watched.file);
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(watched.file) == 0);
  watched.write("second");
  CHECK(watched.told.eventually(watched.file, "second"));
}

TEST_CASE("What the linker writes is told whole, and a build with the same result is not") {
  TemporaryDirectory folder;
  ToldFiles told;
  Sentinel sentinel(folder / "sentinel");
  const fs::path library = folder / "lib.so";
  const auto link = [&](const std::string& source) {
    folder.write("one.cpp", source);
    const std::string command =
        BACKPLANE_COMPILER " -shared -fPIC -o '" + library.string() + "' '" + (folder / "one.cpp").string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    return content_of(library);
  };
  const auto files = watch({library, sentinel.path()}, told.recorder());
  REQUIRE(told.eventually(library, link("int one() { return 1; }")));
  REQUIRE(told.eventually(library, link("int one() { return 22222; }")));
  const auto before = told.times(library);
  link("int one() { return 22222; }");
  CHECK(sentinel.passes(told));
  CHECK(told.times(library) == before);
}

TEST_CASE("Other files are watched from now on, and what is known of those that stay is kept") {
  Watched watched;
  const fs::path other = watched.folder.write("other", "first");
  REQUIRE(watched.files->watch({other, watched.sentinel.path()}));
  watched.write("second");
  replace(other, "second");
  CHECK(watched.told.eventually(other, "second"));
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(watched.file) == 0);

  REQUIRE(watched.files->watch({watched.file, other, watched.sentinel.path()}));
  replace(other, "second");
  CHECK(watched.sentinel.passes(watched.told));
  CHECK(watched.told.times(other) == 1);
}
