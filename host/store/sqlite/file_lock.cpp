#include "store/sqlite/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace backplane::store::sqlite {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

std::string content_of(int descriptor) {
  std::array<char, 256> bytes{};
  const ssize_t size = pread(descriptor, bytes.data(), bytes.size(), 0);
  return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

// "closed <size> <time of the last change>", or nothing without a file.
std::string closed_note(const std::filesystem::path& database) {
  struct stat found {};
  if (stat(database.c_str(), &found) != 0) return {};
  return "closed " + std::to_string(found.st_size) + " " + std::to_string(found.st_mtim.tv_sec) + "." +
         std::to_string(found.st_mtim.tv_nsec) + "\n";
}

// "by process 123" out of "open by process 123\n".
std::string holder(const std::string& note) {
  constexpr std::string_view open = "open ";
  return note.starts_with(open) ? note.substr(open.size(), note.find('\n') - open.size()) : "by another process";
}

}  // namespace

base::Result<std::unique_ptr<FileLock>> FileLock::take(const std::filesystem::path& database) {
  const std::filesystem::path path = database.string() + ".lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0)
    return base::Error{base::Code::storage, "the database " + database.string() + ": its lock file " + path.string() +
                                                " cannot be opened or made: " + reason(errno)};
  std::unique_ptr<FileLock> lock(new FileLock(descriptor, database));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return base::Error{base::Code::unavailable,
                       "the database " + database.string() + " is in use " + holder(content_of(descriptor))};
  const std::string note = content_of(descriptor);
  lock->closed_in_order_ = !note.empty() && note == closed_note(database);
  BACKPLANE_CHECK(lock->write("open by process " + std::to_string(getpid()) + "\n"));
  return lock;
}

FileLock::~FileLock() { close(descriptor_); }

void FileLock::note_closed() {
  if (const std::string note = closed_note(database_); !note.empty()) static_cast<void>(write(note));
}

base::Result<void> FileLock::write(const std::string& text) {
  // In place, so that a full disk takes it.
  const bool written = pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                       ftruncate(descriptor_, static_cast<off_t>(text.size())) == 0 && fdatasync(descriptor_) == 0;
  if (written) return base::ok();
  return base::Error{base::Code::storage,
                     "the database " + database_.string() + ": its lock file cannot be written: " + reason(errno)};
}

}  // namespace backplane::store::sqlite
