#include "plugin/probe_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;
using std::chrono::milliseconds;

constexpr std::size_t most_kept_bytes = 4096;
constexpr std::size_t most_line_bytes = 64 << 10;

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  // Beyond the descriptors that the child gets, so that none is overwritten before it is used.
  bool open() {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    close(ends[1]);
    fcntl(read_end, F_SETFL, O_NONBLOCK);
    return write_end >= 0;
  }
  int take_read_end() { return std::exchange(read_end, -1); }
  ~Pipe() {
    if (read_end >= 0) close(read_end);
    if (write_end >= 0) close(write_end);
  }
};

// posix_spawn's attributes and actions: default signals, a process group of its own, and of the host's descriptors none
// but 0 (nothing), 1 and 2 (errors) and 3 (progress).
class SpawnPlan {
 public:
  SpawnPlan(int progress, int errors) {
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, errors, 1);
    posix_spawn_file_actions_adddup2(&actions, errors, 2);
    posix_spawn_file_actions_adddup2(&actions, progress, 3);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

// Appends what can be read now. False: the other end is closed.
bool read_available(int descriptor, std::string& into) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0) return false;
    else if (errno != EINTR) return true;
    if (into.size() > 2 * most_line_bytes) return true;
  }
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) close(std::exchange(descriptor, -1));
}

}  // namespace

Result<ProbeProcess> ProbeProcess::start(const std::filesystem::path& probe, std::span<const std::filesystem::path> files) {
  Pipe progress, errors;
  if (!progress.open() || !errors.open())
    return Error{Code::unavailable, std::string("a pipe for the trial load cannot be made: ") + std::strerror(errno)};
  const SpawnPlan plan(progress.write_end, errors.write_end);
  std::vector<char*> arguments{const_cast<char*>(probe.c_str())};
  for (const auto& file : files) arguments.push_back(const_cast<char*>(file.c_str()));
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failed = posix_spawn(&process, probe.c_str(), &plan.actions, &plan.attributes, arguments.data(), environ);
  if (failed != 0)
    return Error{Code::unavailable, probe.string() + ": wanted the program that tries plugins out, found: " + std::strerror(failed)};
  const int watch = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  return ProbeProcess(process, watch, progress.take_read_end(), errors.take_read_end());
}

ProbeProcess::ProbeProcess(ProbeProcess&& other) noexcept
    : process_(std::exchange(other.process_, 0)),
      watch_(std::exchange(other.watch_, -1)),
      progress_(std::exchange(other.progress_, -1)),
      errors_(std::exchange(other.errors_, -1)),
      has_timed_out_(other.has_timed_out_),
      waited_(other.waited_),
      status_(other.status_),
      lines_(std::move(other.lines_)),
      wrote_(std::move(other.wrote_)) {}

ProbeProcess::~ProbeProcess() {
  if (process_ != 0) {
    kill(-process_, SIGKILL);
    reap();
  }
  close_if_open(watch_);
  close_if_open(progress_);
  close_if_open(errors_);
}

std::optional<std::string> ProbeProcess::next_line(milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  for (;;) {
    if (auto line = take_line()) return line;
    if (process_ == 0) return std::nullopt;
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) {
      has_timed_out_ = true;
      waited_ = wait;
      kill(-process_, SIGKILL);
      reap();
      return std::nullopt;
    }
    wait_for_news(left);
  }
}

std::optional<std::string> ProbeProcess::take_line() {
  const auto end = lines_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = lines_.substr(0, end);
  lines_.erase(0, end + 1);
  return line;
}

void ProbeProcess::wait_for_news(milliseconds wait) {
  std::array<pollfd, 3> sources{{{progress_, POLLIN, 0}, {errors_, POLLIN, 0}, {watch_, POLLIN, 0}}};
  // Without a pidfd the end is seen by asking; a pipe's end does not tell, since what the process started may hold it.
  const milliseconds slice = watch_ >= 0 ? wait : std::min(wait, milliseconds(5));
  poll(sources.data(), sources.size(), static_cast<int>(std::min<milliseconds::rep>(slice.count(), 60'000)));
  siginfo_t ended{};
  const bool has_ended = waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0;
  read_what_is_there();
  if (!has_ended) return;
  kill(-process_, SIGKILL);  // whatever it started
  reap();
}

void ProbeProcess::read_what_is_there() {
  if (progress_ >= 0 && !read_available(progress_, lines_)) close_if_open(progress_);
  if (errors_ >= 0 && !read_available(errors_, wrote_)) close_if_open(errors_);
  if (wrote_.size() > most_kept_bytes) wrote_.erase(0, wrote_.size() - most_kept_bytes);
  if (lines_.size() > most_line_bytes && lines_.find('\n') == std::string::npos) lines_.clear();
}

void ProbeProcess::reap() {
  while (waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  read_what_is_there();
}

std::string ProbeProcess::how_it_ended() const {
  std::string text;
  if (has_timed_out_) {
    text = "still busy after " + std::to_string(waited_.count()) + " ms";
  } else if (WIFSIGNALED(status_)) {
    const char* const name = sigabbrev_np(WTERMSIG(status_));
    text = "killed by " + (name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(WTERMSIG(status_)));
  } else {
    text = "ended by exit(" + std::to_string(WEXITSTATUS(status_)) + ")";
  }
  std::string said;
  for (const char c : wrote_) said += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  said.erase(said.find_last_not_of(' ') + 1);
  if (said.size() > 400) said = "..." + said.substr(said.size() - 400);
  return said.empty() ? text : text + "; it wrote: " + said;
}

}  // namespace backplane::plugin
