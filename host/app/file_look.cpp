#include "app/file_look.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string_view>
#include <vector>

namespace backplane::app {
namespace {

constexpr Content unreadable{Content::State::unreadable, 0, 0};

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

// Fills the buffer unless the file ends before; -1 on an error. Blocks are hashed one by one: their bounds must not
// depend on how much a read happened to give.
ssize_t read_block(int file, std::vector<char>& buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::read(file, buffer.data() + filled, buffer.size() - filled);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    filled += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

Content read_content(int file) {
  std::vector<char> buffer(64 << 10);
  Content content;
  for (;;) {
    const ssize_t got = read_block(file, buffer);
    if (got < 0) return unreadable;
    if (got == 0) return content;
    const std::string_view block(buffer.data(), static_cast<std::size_t>(got));
    content.size_bytes += block.size();
    content.hash = std::rotl(content.hash, 5) * 0x9e3779b97f4a7c15u ^ std::hash<std::string_view>{}(block);
  }
}

}  // namespace

std::optional<Fingerprint> fingerprint_of(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return Fingerprint{found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

bool is_open_for_writing(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  // A lease for reading is refused while there is a writer (and by NFS 4 as if there was one). A writer that comes
  // while it is held waits until it is given back, here below; the signal that would ask for it is one that nobody
  // minds (SIGIO would end the process).
  ::fcntl(file, F_SETSIG, SIGURG);
  const bool has_writer = ::fcntl(file, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
  ::fcntl(file, F_SETLEASE, F_UNLCK);
  ::close(file);
  return has_writer;
}

std::optional<Content> content_of(const std::filesystem::path& path) {
  if (!fingerprint_of(path)) return std::nullopt;
  // Not to be held up when a FIFO has taken the file's place since.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? std::nullopt : std::optional(unreadable);
  const Content content = read_content(file);
  ::close(file);
  return content;
}

}  // namespace backplane::app
