#include "app/inotify_loop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "base/assertion.hpp"
#include "base/log.hpp"

namespace backplane::app {

using base::Code;
using base::Error;
using base::Result;

Sign sign_of(const InotifyEvent& event) {
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) return Sign::finished;
  return (event.mask & IN_ATTRIB) != 0 ? Sign::marked : Sign::written;
}

bool is_structural(const InotifyEvent& event) {
  return (event.mask & (entry_events | IN_UNMOUNT | IN_IGNORED | IN_Q_OVERFLOW)) != 0;
}

Result<std::unique_ptr<InotifyLoop>> InotifyLoop::start(FilesChanged changed, SettleTimes times, Absence absence) {
  BACKPLANE_TRY(Inotify inotify, Inotify::open());
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return Error{Code::unavailable, std::string("wanted to watch files, found: ") + std::strerror(errno)};
  return std::unique_ptr<InotifyLoop>(new InotifyLoop(std::move(inotify), wake, std::move(changed), times, absence));
}

InotifyLoop::InotifyLoop(Inotify inotify, int wake, FilesChanged changed, SettleTimes times, Absence absence)
    : inotify_(std::move(inotify)), settling_(times, absence), wake_(wake), changed_(std::move(changed)) {
  thread_ = std::thread([this] { run(); });
}

InotifyLoop::~InotifyLoop() {
  BACKPLANE_ASSERT(thread_.get_id() != std::this_thread::get_id());
  stopping_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(wake_);
}

Result<void> InotifyLoop::watch(std::unique_ptr<InotifyScope> scope) {
  const std::lock_guard lock(mutex_);
  inotify_.begin_round();
  if (auto covered = scope->cover(inotify_); !covered) {
    cover_again(std::chrono::steady_clock::now());
    ::eventfd_write(wake_, 1);  // what it touched is due before anything else happens
    return covered;
  }
  inotify_.end_round();
  scope_ = std::move(scope);
  const auto files = scope_->files();
  settling_.keep({files.begin(), files.end()});
  for (const std::string& file : files) settling_.learn(file);
  warned_.clear();
  return base::ok();
}

void InotifyLoop::run() {
  while (wait())
    if (auto news = take_news(); !news.empty()) changed_(std::move(news));
}

// Until something happens or a file is due. False: it is to stop.
bool InotifyLoop::wait() {
  const auto due = [this] {
    const std::lock_guard lock(mutex_);
    return settling_.next();
  }();
  int timeout_ms = -1;
  if (due) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - std::chrono::steady_clock::now());
    timeout_ms = static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60'000));
  }
  std::array<pollfd, 2> sources{{{inotify_.descriptor(), POLLIN, 0}, {wake_, POLLIN, 0}}};
  ::poll(sources.data(), sources.size(), timeout_ms);
  eventfd_t ignored = 0;
  ::eventfd_read(wake_, &ignored);
  return !stopping_;
}

std::vector<std::filesystem::path> InotifyLoop::take_news() {
  const std::lock_guard lock(mutex_);
  const auto events = inotify_.read();
  if (!scope_) return {};
  const auto now = std::chrono::steady_clock::now();
  bool leads_elsewhere = false;
  for (const InotifyEvent& event : events)
    leads_elsewhere |= scope_->on_event(event, settling_, now) == InotifyScope::Reach::elsewhere;
  if (leads_elsewhere) cover_again(now);
  return settling_.settled(std::chrono::steady_clock::now());
}

void InotifyLoop::cover_again(Settling::Time now) {
  inotify_.begin_round();
  const auto covered = scope_ ? scope_->cover(inotify_) : base::ok();
  inotify_.end_round();
  if (!scope_) return;
  for (const std::string& file : scope_->files())
    if (!settling_.knows(file)) settling_.touch(file, Sign::written, now);
  const std::string message = covered ? std::string() : covered.error().message;
  if (!message.empty() && message != warned_) base::log_warning("watch", message + "; changes there are not seen");
  warned_ = message;
}

}  // namespace backplane::app
