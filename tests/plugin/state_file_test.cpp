#include "plugin/state_file.hpp"

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace backplane::plugin;
using backplane::base::Code;
using backplane::tests::content_of;
using backplane::tests::TemporaryDirectory;

namespace {

constexpr std::uint64_t plenty = 1 << 20;

const SavedState state{7, std::string("\xff\0 bytes \n", 10)};

std::filesystem::path file_in(const TemporaryDirectory& directory) { return state_file_of(directory.path(), "quota"); }

void overwrite(const std::filesystem::path& file, std::string_view content) { std::ofstream(file, std::ios::binary) << content; }

mode_t mode_of(const std::filesystem::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// No file grows beyond so many bytes, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a state that was written is read back, whatever bytes it is made of") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  CHECK(file == directory.path() / "state" / "quota");
  for (const SavedState& one : {state, SavedState{0, ""}, SavedState{UINT64_MAX, std::string(100'000, '\x80')}}) {
    REQUIRE(write_state(file, one).has_value());
    const auto read = read_state(file, plenty);
    REQUIRE(read.has_value());
    CHECK(*read == one);
  }
}

TEST_CASE("where no state was written there is none, and that is no error") {
  const TemporaryDirectory directory;
  const auto read = read_state(file_in(directory), plenty);
  REQUIRE(read.has_value());
  CHECK_FALSE(read->has_value());
}

TEST_CASE("only the host's user may read a state, and nothing lies beside it") {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0);
  REQUIRE(write_state(file_in(directory), state).has_value());
  ::umask(before);
  CHECK(mode_of(file_in(directory)) == 0600);
  CHECK(mode_of(file_in(directory).parent_path()) == 0700);
  CHECK(names_in(directory.path() / "state") == std::vector<std::string>{"quota"});
}

TEST_CASE("a state that is cut off at any byte is found damaged, and set aside") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  REQUIRE(write_state(file, state).has_value());
  const std::string whole = content_of(file);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    overwrite(file, whole.substr(0, size));
    const auto read = read_state(file, plenty);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::storage);
    CHECK(read.error().message.starts_with(file.string() + ": damaged: wanted "));
    CHECK(read.error().message.ends_with("; set aside as " + file.string() + ".unusable"));
    CHECK(content_of(file.string() + ".unusable") == whole.substr(0, size));
    CHECK_FALSE(std::filesystem::exists(file));
  }
  overwrite(file, whole + "x");
  CHECK_FALSE(read_state(file, plenty).has_value());
}

TEST_CASE("a state with any bit flipped is found damaged") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  REQUIRE(write_state(file, state).has_value());
  const std::string whole = content_of(file);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    INFO(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    overwrite(file, flipped);
    const auto read = read_state(file, plenty);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message.find("damaged: ") != std::string::npos);
  }
}

TEST_CASE("a full disk leaves the state that was there, and nothing beside it") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  REQUIRE(write_state(file, state).has_value());
  for (const rlim_t room : {0, 10, 28, 1000}) {
    const auto written = [&] {
      const FullDisk disk(room);
      return write_state(file, SavedState{8, std::string(5000, 'x')});
    }();
    INFO(room);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().code == Code::storage);
    CHECK(written.error().message == file.string() + ".new: wanted to write 5028 bytes, found: File too large");
    CHECK(names_in(file.parent_path()) == std::vector<std::string>{"quota"});
    const auto read = read_state(file, plenty);
    REQUIRE(read.has_value());
    CHECK(*read == state);
  }
}

TEST_CASE("what a host left that ended while it wrote a state is no state, and in nobody's way") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  REQUIRE(write_state(file, state).has_value());
  overwrite(file.string() + ".new", "half a");
  CHECK(*read_state(file, plenty) == state);
  REQUIRE(write_state(file, SavedState{8, "b"}).has_value());
  CHECK(*read_state(file, plenty) == SavedState{8, "b"});
  CHECK(names_in(file.parent_path()) == std::vector<std::string>{"quota"});
}

TEST_CASE("a state beyond the limit is refused and stays, for a limit may be raised") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  REQUIRE(write_state(file, state).has_value());
  CHECK(read_state(file, state.bytes.size()).has_value());
  const auto read = read_state(file, state.bytes.size() - 1);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == Code::too_large);
  CHECK(read.error().message == file.string() + ": wanted a state of at most 9 bytes (reload.max_state), found 10");
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("a state is neither written nor read through what is no regular file") {
  const TemporaryDirectory directory;
  const auto file = file_in(directory);
  std::filesystem::create_directories(file);
  CHECK_FALSE(read_state(file, plenty).has_value());
  CHECK_FALSE(write_state(file, state).has_value());
  CHECK(names_in(file.parent_path()) == std::vector<std::string>{"quota"});
  std::filesystem::remove(file);
  const auto elsewhere = directory.write("elsewhere", "");
  std::filesystem::create_symlink(elsewhere, file);
  CHECK_FALSE(read_state(file, plenty).has_value());
  REQUIRE(write_state(file, state).has_value());
  CHECK(content_of(elsewhere).empty());
  CHECK(*read_state(file, plenty) == state);
  const auto nowhere = write_state(directory / "not-there" / "state" / "quota", state);
  REQUIRE_FALSE(nowhere.has_value());
  CHECK(nowhere.error().message.ends_with("state: wanted to make the folder, found: No such file or directory"));
}
