#include "app/inotify.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

Error not_watchable(const std::filesystem::path& directory, int error) {
  if (error == ENOSPC)
    return {Code::unavailable, directory.string() +
                                   ": wanted to watch this folder, found no watch left to this user: raise "
                                   "fs.inotify.max_user_watches (sysctl), or watch fewer folders"};
  return {error == EACCES ? Code::denied : Code::unavailable,
          directory.string() + ": wanted to watch this folder, found: " + std::strerror(error)};
}

bool is_no_directory(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

}  // namespace

Result<Inotify> Inotify::open() {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor >= 0) return Inotify(descriptor);
  if (errno == EMFILE)
    return Error{Code::unavailable,
                 "wanted to watch files, found no inotify instance left to this user, or no file descriptor left to "
                 "this process: raise fs.inotify.max_user_instances (sysctl) or the limit on open files (ulimit -n)"};
  return Error{Code::unavailable, std::string("wanted to watch files, found: ") + std::strerror(errno)};
}

Inotify::Inotify(Inotify&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      watched_(std::move(other.watched_)),
      round_(std::move(other.round_)),
      named_(std::move(other.named_)) {}

Inotify::~Inotify() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Inotify::begin_round() {
  round_.clear();
  named_.clear();
}

Result<std::optional<int>> Inotify::add(const std::filesystem::path& directory, std::uint32_t events) {
  const auto named = named_.find(directory.native());
  if (named != named_.end() && (named->second.events & events) == events) return std::optional(named->second.directory);
  // IN_MASK_ADD: one directory may have several paths (bind mounts), and events of before the round are still awaited.
  const int added =
      ::inotify_add_watch(descriptor_, directory.c_str(), events | IN_ONLYDIR | IN_MASK_ADD | IN_EXCL_UNLINK);
  if (added < 0 && is_no_directory(errno)) return std::optional<int>();
  if (added < 0) return not_watchable(directory, errno);
  const std::uint32_t before = named != named_.end() ? named->second.events : 0;
  named_.insert_or_assign(directory.native(), Named{added, before | events});
  watched_.insert(added);
  round_.insert(added);
  return std::optional(added);
}

void Inotify::end_round() {
  for (const int directory : watched_)
    if (!round_.contains(directory)) ::inotify_rm_watch(descriptor_, directory);
  watched_ = round_;
}

std::vector<InotifyEvent> Inotify::read() {
  std::vector<InotifyEvent> events;
  alignas(inotify_event) std::array<char, 64 << 10> buffer;
  const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
  for (ssize_t at = 0; at < got;) {
    inotify_event event;
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* const name = buffer.data() + at + sizeof event;
    at += static_cast<ssize_t>(sizeof event + event.len);
    const bool is_lost = (event.mask & IN_Q_OVERFLOW) != 0;
    if (is_lost || watched_.contains(event.wd))
      events.push_back({is_lost ? -1 : event.wd, event.mask, event.len > 0 ? std::string(name) : std::string()});
  }
  return events;
}

}  // namespace backplane::app
