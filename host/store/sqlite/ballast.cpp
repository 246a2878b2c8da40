#include "store/sqlite/ballast.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/log.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr std::uint64_t smallest_share = 16;

// Of the file system that a file lies on; nothing is known: 0.
struct Space {
  std::uint64_t all = 0;
  std::uint64_t free = 0;
};

Space space_of(int descriptor) {
  struct statvfs found {};
  if (descriptor < 0 || fstatvfs(descriptor, &found) != 0) return {};
  return {std::uint64_t{found.f_blocks} * found.f_frsize, std::uint64_t{found.f_bavail} * found.f_frsize};
}

// What is really taken: a file with holes takes less than its size.
std::uint64_t taken_by(int descriptor) {
  struct stat found {};
  if (descriptor < 0 || fstat(descriptor, &found) != 0) return 0;
  return std::min<std::uint64_t>(found.st_size, std::uint64_t{512} * found.st_blocks);
}

}  // namespace

Ballast::Ballast(const std::filesystem::path& database, std::uint64_t bytes)
    : path_(database.string() + ".ballast"), bytes_(bytes) {
  std::error_code error;
  if (bytes_ == 0) {
    std::filesystem::remove(path_, error);
    return;
  }
  descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (const Space space = space_of(descriptor_); space.all > 0) bytes_ = std::min(bytes_, space.all / smallest_share);
  held_ = taken_by(descriptor_) >= bytes_ && ftruncate(descriptor_, static_cast<off_t>(bytes_)) == 0;
  if (held_ || hold()) return;
  base::log_warning("store", path_.string() + ": no room for a ballast of " + std::to_string(bytes_) +
                                 " bytes, without which nothing can make room on a full disk; it is tried again later");
}

Ballast::~Ballast() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Ballast::has_room() const { return descriptor_ >= 0 && space_of(descriptor_).free >= 2 * bytes_; }

bool Ballast::hold() {
  held_ = descriptor_ >= 0 && posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes_)) == 0;
  if (!held_) release();
  return held_;
}

// Synced, since a file system may keep for its journal what was freed a moment ago.
void Ballast::release() {
  held_ = false;
  if (descriptor_ < 0) return;
  if (ftruncate(descriptor_, 0) != 0 || fsync(descriptor_) != 0)
    base::log_error("store",
                    path_.string() + ": its room cannot be given back: " + std::generic_category().message(errno));
}

}  // namespace backplane::store::sqlite
