#include "plugin/private_copy.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include "plugin/descriptor.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;

bool is_same_state(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// Copies up to the end of `from`, which may come earlier or later than its size said.
Result<void> copy_bytes(int from, int to, const std::filesystem::path& place) {
  for (;;) {
    const ssize_t sent = sendfile(to, from, nullptr, 1 << 24);
    if (sent == 0) return base::ok();
    if (sent < 0 && errno != EINTR) return storage_error(place, "wanted to write the copy, found: " + system_reason());
  }
}

// Removes the copy if no running host holds its lock.
void remove_if_unused(const std::filesystem::path& copy) {
  const Descriptor file{open(copy.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (*file >= 0 && flock(*file, LOCK_EX | LOCK_NB) == 0) unlink(copy.c_str());
}

}  // namespace

Result<void> prepare_run_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  if (directory.has_parent_path()) std::filesystem::create_directories(directory.parent_path(), failed);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return storage_error(directory, "wanted to make the directory, found: " + system_reason());
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return storage_error(directory, "wanted a directory, found something else");
  if (status.st_uid != geteuid())
    return storage_error(directory, "wanted a directory of the host's own user, found one of user " + std::to_string(status.st_uid));
  if ((status.st_mode & 0777) != 0700 && chmod(directory.c_str(), 0700) != 0) return storage_error(directory, "wanted mode 0700, found: " + system_reason());
  struct statvfs mount {};
  if (statvfs(directory.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0)
    return storage_error(directory, "wanted a file system that code may be loaded from, found one mounted noexec");
  for (std::filesystem::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".so") remove_if_unused(entry->path());
  if (failed) return storage_error(directory, "wanted to read the directory, found: " + failed.message());
  return base::ok();
}

bool has_same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::ifstream first(one, std::ios::binary), second(other, std::ios::binary);
  std::array<char, 64 << 10> from_first{}, from_second{};
  while (first && second) {
    first.read(from_first.data(), from_first.size());
    second.read(from_second.data(), from_second.size());
    if (first.gcount() != second.gcount() || std::memcmp(from_first.data(), from_second.data(), static_cast<std::size_t>(first.gcount())) != 0)
      return false;
  }
  return first.eof() && second.eof();
}

Result<PrivateCopy> PrivateCopy::make_empty(const std::filesystem::path& path) {
  // A host of another process id space may have left a copy of this very name.
  remove_if_unused(path);
  PrivateCopy copy(path, open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700));
  if (copy.descriptor_ < 0) {
    const int error = errno;
    copy.path_.clear();
    if (error == EEXIST) return Error{Code::conflict, path.string() + ": wanted a new file for the copy, found one in use by a running host"};
    return storage_error(path, "wanted to make the copy, found: " + std::string(std::strerror(error)));
  }
  struct stat status {};
  if (flock(copy.descriptor_, LOCK_EX | LOCK_NB) != 0 || fstat(copy.descriptor_, &status) != 0 || status.st_nlink == 0)
    return Error{Code::conflict, path.string() + ": wanted the copy for this host alone, found another one starting on the same directory"};
  return copy;
}

Result<PrivateCopy> PrivateCopy::make(const std::filesystem::path& source, const std::filesystem::path& directory,
                                      std::string_view plugin_id, std::uint64_t generation) {
  const Descriptor from{open(source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (*from < 0) return Error{Code::not_found, "wanted a file to read, found: " + system_reason()};
  struct stat before {}, after {}, named {};
  if (fstat(*from, &before) != 0 || !S_ISREG(before.st_mode))
    return Error{Code::invalid_argument, S_ISDIR(before.st_mode) ? "wanted a shared library, found a directory"
                                                                 : "wanted a shared library, found no regular file"};
  const std::string name = std::string(plugin_id) + "." + std::to_string(generation) + "-" + std::to_string(getpid()) + ".so";
  BACKPLANE_TRY(PrivateCopy copy, make_empty(directory / name));
  BACKPLANE_CHECK(copy_bytes(*from, copy.descriptor_, copy.path_));
  const bool is_unchanged = fstat(*from, &after) == 0 && is_same_state(before, after) &&
                            stat(source.c_str(), &named) == 0 && is_same_state(before, named);
  struct stat made {};
  if (!is_unchanged || fstat(copy.descriptor_, &made) != 0 || made.st_size != before.st_size)
    return Error{Code::conflict, "wanted a file at rest, found one that changed while it was copied (still being written?)"};
  return copy;
}

PrivateCopy::~PrivateCopy() {
  if (!path_.empty()) unlink(path_.c_str());
  if (descriptor_ >= 0) close(descriptor_);
}

void PrivateCopy::keep() && {
  path_.clear();
  descriptor_ = -1;  // open, and with it the lock, as long as the process lives
}

}  // namespace backplane::plugin
