#include "app/build_command.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "app/shell_process.hpp"
#include "base/assertion.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Until the process has news, or somebody has for us, or the time has come.
void wait_for_news(const ShellProcess& shell, bool has_ended, int news, std::optional<steady_clock::time_point> until) {
  int timeout_ms = -1;
  if (until) {
    const auto left = std::chrono::ceil<milliseconds>(*until - steady_clock::now());
    timeout_ms = static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 60'000));
  }
  // Without a pidfd the end is seen by asking.
  if (shell.end() < 0 && !has_ended) timeout_ms = timeout_ms < 0 ? 5 : std::min(timeout_ms, 5);
  // A negative descriptor is passed over.
  std::array<pollfd, 3> sources{
      {{shell.output(), POLLIN, 0}, {has_ended ? -1 : shell.end(), POLLIN, 0}, {news, POLLIN, 0}}};
  ::poll(sources.data(), sources.size(), timeout_ms);
  eventfd_t ignored = 0;
  ::eventfd_read(news, &ignored);
}

BuildEnd end_of(int status, bool cut_off, milliseconds took) {
  if (cut_off) return {BuildEnd::How::cut_off, 0, took};
  if (WIFSIGNALED(status)) return {BuildEnd::How::killed, WTERMSIG(status), took};
  return {BuildEnd::How::exited, WEXITSTATUS(status), took};
}

}  // namespace

Result<std::unique_ptr<BuildCommand>> BuildCommand::make(BuildPlan plan, Told told) {
  const int news = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (news < 0)
    return Error{Code::unavailable,
                 "build command \"" + plan.command + "\": wanted to prepare it, found: " + std::strerror(errno)};
  return std::unique_ptr<BuildCommand>(new BuildCommand(std::move(plan), std::move(told), news));
}

BuildCommand::BuildCommand(BuildPlan plan, Told told, int news)
    : plan_(std::move(plan)), told_(std::move(told)), news_(news) {
  thread_ = std::thread([this] { run(); });
}

BuildCommand::~BuildCommand() {
  BACKPLANE_ASSERT(thread_.get_id() != std::this_thread::get_id());
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  ::eventfd_write(news_, 1);
  thread_.join();
  ::close(news_);
}

void BuildCommand::request() {
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
  }
  changed_.notify_one();
  ::eventfd_write(news_, 1);
}

void BuildCommand::run() {
  while (wait_for_request()) told_.ended(build());
}

// False: it is to stop.
bool BuildCommand::wait_for_request() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return requested_ || stopping_; });
  requested_ = false;
  return !stopping_;
}

bool BuildCommand::is_to_end() {
  const std::lock_guard lock(mutex_);
  return stopping_ || (requested_ && plan_.on_request == RunningBuild::is_cut_off);
}

Result<BuildEnd> BuildCommand::build() {
  const auto begin = steady_clock::now();
  BACKPLANE_TRY(ShellProcess shell, ShellProcess::start(plan_.command, plan_.folder));
  bool cut_off = false;
  std::optional<steady_clock::time_point> until;
  for (;;) {
    const bool has_ended = shell.has_ended();
    if (has_ended && shell.output() < 0) break;
    if (until && steady_clock::now() >= *until) break;
    const bool is_cut = !has_ended && is_to_end();
    // What a shell that has ended left running in its group does not outlive it: the next build is to be alone. Its end
    // is seen by that of the output, which all of them hold.
    if (!until && (has_ended || is_cut)) {
      cut_off = is_cut;
      shell.signal_group(SIGTERM);
      until = steady_clock::now() + plan_.grace;
    }
    wait_for_news(shell, has_ended, news_, until);
    shell.read_output(told_.line);
  }
  const int status = shell.reap();
  while (shell.read_output(told_.line)) {
  }
  shell.flush_output(told_.line);
  return end_of(status, cut_off, std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin));
}

}  // namespace backplane::app
