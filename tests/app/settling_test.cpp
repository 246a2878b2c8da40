#include "app/settling.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using backplane::app::Absence;
using backplane::app::Settling;
using backplane::app::Sign;
using backplane::tests::TemporaryDirectory;
using std::chrono::milliseconds;

namespace {

using Files = std::vector<fs::path>;

const Settling::Time begin{};

// A file "one" that is known as "first", at the time `begin`.
struct OneFile {
  explicit OneFile(Absence absence = Absence::awaits_return)
      : settling({milliseconds(100), milliseconds(20), milliseconds(2000)}, absence) {
    settling.learn(file);
  }
  std::vector<fs::path> after(int ms) { return settling.settled(begin + milliseconds(ms)); }
  void touch(Sign sign, int ms) { settling.touch(file, sign, begin + milliseconds(ms)); }

  TemporaryDirectory folder;
  std::string file = folder.write("one", "first").string();
  Settling settling;
};

}  // namespace

TEST_CASE("A finished file has settled after the short time") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::finished, 0);
  CHECK(one.settling.next() == begin + milliseconds(20));
  CHECK(one.after(19).empty());
  CHECK(one.after(20) == Files{one.file});
  CHECK_FALSE(one.settling.next());
  CHECK(one.after(1000).empty());
}

TEST_CASE("A write whose end was not seen settles after the quiet time, counted from the last one") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::written, 0);
  one.touch(Sign::written, 99);
  CHECK(one.after(198).empty());
  CHECK(one.after(199) == Files{one.file});
}

TEST_CASE("A file that is closed after a write need not wait for the quiet time") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::written, 0);
  one.touch(Sign::finished, 5);
  CHECK(one.after(25) == Files{one.file});
}

TEST_CASE("A change of attributes does not cut a write short") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::written, 0);
  one.touch(Sign::marked, 5);
  CHECK(one.after(99).empty());
  CHECK(one.after(100) == Files{one.file});
}

TEST_CASE("A change of attributes behind the end of a write does not make it wait long") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::finished, 0);
  one.touch(Sign::marked, 1);
  CHECK(one.after(20).empty());
  CHECK(one.after(21) == Files{one.file});
}

TEST_CASE("A file that was written since it was touched waits once more") {
  OneFile one;
  one.touch(Sign::finished, 0);
  one.folder.write("one", "longer than before");
  CHECK(one.after(20).empty());
  CHECK(one.settling.next() == begin + milliseconds(120));
  CHECK(one.after(120) == Files{one.file});
}

TEST_CASE("A file that somebody has open for writing is waited for, but not forever") {
  OneFile one;
  std::ofstream writer(one.file);
  writer << "second" << std::flush;
  one.touch(Sign::written, 0);
  CHECK(one.after(100).empty());
  CHECK(one.settling.next() == begin + milliseconds(2100));
  CHECK(one.after(2100) == Files{one.file});
}

TEST_CASE("A file that its writer closes is not waited for any longer") {
  OneFile one;
  std::ofstream writer(one.file);
  writer << "second" << std::flush;
  one.touch(Sign::written, 0);
  CHECK(one.after(100).empty());
  writer.close();
  one.touch(Sign::finished, 200);
  CHECK(one.after(220) == Files{one.file});
}

TEST_CASE("A file that is mapped for writing is still being written") {
  OneFile one;
  const int file = ::open(one.file.c_str(), O_RDWR | O_CLOEXEC);
  void* const mapping = ::mmap(nullptr, 5, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  REQUIRE(mapping != MAP_FAILED);
  ::close(file);
  CHECK(backplane::app::is_open_for_writing(one.file));
  ::munmap(mapping, 5);
  CHECK_FALSE(backplane::app::is_open_for_writing(one.file));
}

TEST_CASE("A file with the bytes that are known is no news") {
  OneFile one;
  fs::remove(one.file);
  one.folder.write("one", "first");
  one.touch(Sign::finished, 0);
  CHECK(one.after(20).empty());
  CHECK_FALSE(one.settling.next());
}

TEST_CASE("What was told is known from there on") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::finished, 0);
  REQUIRE(one.after(20).size() == 1);
  one.touch(Sign::finished, 30);
  CHECK(one.after(50).empty());
  one.folder.write("one", "first");
  one.touch(Sign::finished, 60);
  CHECK(one.after(80) == Files{one.file});
}

TEST_CASE("A deleted file is no news until it is back, where its return is awaited") {
  OneFile one;
  fs::remove(one.file);
  one.touch(Sign::written, 0);
  CHECK(one.after(100).empty());
  CHECK_FALSE(one.settling.next());
  one.folder.write("one", "second");
  one.touch(Sign::finished, 200);
  CHECK(one.after(220) == Files{one.file});
}

TEST_CASE("A deleted file is news once, where absence is") {
  OneFile one(Absence::is_news);
  fs::remove(one.file);
  one.touch(Sign::written, 0);
  CHECK(one.after(100) == Files{one.file});
  CHECK_FALSE(one.settling.knows(one.file));
  one.touch(Sign::written, 200);
  CHECK(one.after(300).empty());
}

TEST_CASE("A file that came and went is no news") {
  OneFile one(Absence::is_news);
  const std::string passing = one.folder / "passing";
  one.settling.touch(passing, Sign::written, begin);
  CHECK(one.after(100).empty());
  CHECK_FALSE(one.settling.knows(passing));
}

TEST_CASE("A folder in a file's place is no file") {
  OneFile one;
  fs::remove(one.file);
  fs::create_directory(one.file);
  one.touch(Sign::finished, 0);
  CHECK(one.after(20).empty());
  CHECK_FALSE(one.settling.next());
}

TEST_CASE("A file that cannot be read is news, so that its reader says why") {
  if (::geteuid() == 0) return;  // who may read everything
  OneFile one;
  fs::permissions(one.file, fs::perms::none);
  one.touch(Sign::marked, 0);
  CHECK(one.after(20) == Files{one.file});
  fs::permissions(one.file, fs::perms::owner_all);
  one.touch(Sign::marked, 30);
  CHECK(one.after(50) == Files{one.file});
}

TEST_CASE("Files of equal size that differ late in the second block are told apart") {
  OneFile one;
  std::string large(100'000, 'x');
  one.folder.write("one", large);
  one.touch(Sign::finished, 0);
  REQUIRE(one.after(20).size() == 1);
  large[99'999] = 'y';
  one.folder.write("one", large);
  one.touch(Sign::finished, 30);
  CHECK(one.after(50) == Files{one.file});
}

TEST_CASE("What is not kept is forgotten, even on its way") {
  OneFile one;
  one.folder.write("one", "second");
  one.touch(Sign::finished, 0);
  one.settling.keep({});
  CHECK_FALSE(one.settling.next());
  CHECK_FALSE(one.settling.knows(one.file));
}

TEST_CASE("Touching a folder touches what lies in it, and nothing with a name that only begins alike") {
  TemporaryDirectory folder;
  fs::create_directory(folder / "a");
  fs::create_directory(folder / "ab");
  Settling settling({milliseconds(100), milliseconds(20), milliseconds(2000)}, Absence::is_news);
  for (const char* const name : {"a/x", "ab/x"}) {
    settling.learn(folder.write(name, "before"));
    folder.write(name, "after");
  }
  settling.touch_below(folder / "a", Sign::finished, begin);
  CHECK(settling.settled(begin + milliseconds(1000)) == Files{folder / "a/x"});
}
