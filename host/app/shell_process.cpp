#include "app/shell_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t most_line_bytes = 64 << 10;

// posix_spawn's attributes and actions: default signals, a process group of its own, the folder, and no descriptors of
// the host.
class SpawnPlan {
 public:
  SpawnPlan(int output, const std::filesystem::path& folder) {
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

Error not_started(const std::string& command, const std::filesystem::path& folder, int error) {
  return {Code::unavailable, "build command \"" + command + "\" in " + folder.string() +
                                 ": wanted to start it, found: " + std::strerror(error)};
}

}  // namespace

Result<ShellProcess> ShellProcess::start(const std::string& command, const std::filesystem::path& folder) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return not_started(command, folder, errno);
  // Beyond the descriptors that the child gets, so that none is overwritten before it is used.
  int write_end = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  int failed = write_end < 0 ? errno : 0;
  close_if_open(ends[1]);
  pid_t process = 0;
  if (failed == 0) {
    const SpawnPlan plan(write_end, folder.empty() ? "." : folder);
    std::array<char*, 4> arguments{const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(command.c_str()),
                                   nullptr};
    failed = ::posix_spawn(&process, "/bin/sh", &plan.actions, &plan.attributes, arguments.data(), environ);
  }
  close_if_open(write_end);
  if (failed != 0) {
    close_if_open(ends[0]);
    return not_started(command, folder, failed);
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return ShellProcess(process, static_cast<int>(::syscall(SYS_pidfd_open, process, 0)), ends[0]);
}

ShellProcess::ShellProcess(ShellProcess&& other) noexcept
    : process_(std::exchange(other.process_, 0)),
      end_(std::exchange(other.end_, -1)),
      output_(std::exchange(other.output_, -1)),
      line_(std::move(other.line_)) {}

ShellProcess::~ShellProcess() {
  if (process_ != 0) reap();
  close_if_open(end_);
  close_if_open(output_);
}

bool ShellProcess::read_output(const OnLine& on_line) {
  std::array<char, 16 << 10> buffer;
  const ssize_t got = output_ < 0 ? 0 : ::read(output_, buffer.data(), buffer.size());
  if (got == 0) close_if_open(output_);
  if (got <= 0) return false;
  std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    line_ += text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    on_line(std::exchange(line_, {}));
  }
  line_ += text;
  if (line_.size() >= most_line_bytes) flush_output(on_line);
  return true;
}

void ShellProcess::flush_output(const OnLine& on_line) {
  if (!line_.empty()) on_line(std::exchange(line_, {}));
}

bool ShellProcess::has_ended() const {
  siginfo_t ended{};
  // WNOWAIT: while it is not reaped, no other process can have its number, nor a group that.
  return ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0;
}

void ShellProcess::signal_group(int number) const { ::kill(-process_, number); }

int ShellProcess::reap() {
  signal_group(SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

}  // namespace backplane::app
