#include "plugin/random_access_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Error cut_off(std::string_view what, const std::string& reach, std::uint64_t size) {
  return {Code::invalid_argument, "cut off or damaged: " + std::string(what) + " " + reach + ", but the file ends at byte " +
                                      std::to_string(size)};
}

}  // namespace

base::Result<RandomAccessFile> RandomAccessFile::open(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe must not hold the host up.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return Error{Code::not_found, std::string("wanted a file to read, found: ") + std::strerror(errno)};
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return Error{Code::invalid_argument, "wanted a regular file, found " + std::string(kind_of(status.st_mode))};
  }
  return RandomAccessFile(descriptor, static_cast<std::uint64_t>(status.st_size));
}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

base::Result<void> RandomAccessFile::check_range(std::string_view what, std::uint64_t offset, std::uint64_t size) const {
  if (offset <= size_ && size <= size_ - offset) return base::ok();
  return cut_off(what, "has " + std::to_string(size) + " bytes from byte " + std::to_string(offset), size_);
}

base::Result<void> RandomAccessFile::check_table(std::string_view what, std::uint64_t offset, std::uint64_t count,
                                                 std::uint64_t entry_size) const {
  if (offset <= size_ && count <= (size_ - offset) / entry_size) return base::ok();
  return cut_off(what,
                 "has " + std::to_string(count) + " entries of " + std::to_string(entry_size) + " bytes from byte " +
                     std::to_string(offset),
                 size_);
}

base::Result<std::string> RandomAccessFile::read(std::string_view what, std::uint64_t offset, std::uint64_t size) const {
  BACKPLANE_CHECK(check_range(what, offset, size));
  std::string bytes(size, '\0');
  BACKPLANE_CHECK(fill(what, offset, bytes.data(), size));
  return bytes;
}

base::Result<void> RandomAccessFile::fill(std::string_view what, std::uint64_t offset, void* into,
                                          std::uint64_t size) const {
  auto* place = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = pread(descriptor_, place, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Code::invalid_argument, std::string(what) + " cannot be read: " + std::strerror(errno)};
    if (got == 0) return cut_off(what, "reaches further", offset);  // it became shorter meanwhile
    place += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::uint64_t>(got);
  }
  return base::ok();
}

}  // namespace backplane::plugin
