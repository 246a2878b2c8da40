// One run of backplane-probe in a process group of its own, read line by line with a deadline. Used by trial_load.
// One thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace backplane::plugin {

class ProbeProcess {
 public:
  // unavailable: the program cannot be started.
  static base::Result<ProbeProcess> start(const std::filesystem::path& probe, std::span<const std::filesystem::path> files);

  // Kills the process and everything it started.
  ~ProbeProcess();
  ProbeProcess(ProbeProcess&& other) noexcept;
  ProbeProcess& operator=(ProbeProcess&&) = delete;

  // The next line that it reports; nothing once it has ended, or when none came in time (then it is killed).
  std::optional<std::string> next_line(std::chrono::milliseconds wait);

  // How it ended, once next_line gave nothing: "killed by SIGSEGV", "ended by exit(3)", "still busy after 10 s", with the last that
  // it wrote to standard error.
  std::string how_it_ended() const;

 private:
  ProbeProcess(pid_t process, int watch, int progress, int errors)
      : process_(process), watch_(watch), progress_(progress), errors_(errors) {}
  std::optional<std::string> take_line();
  void wait_for_news(std::chrono::milliseconds wait);
  void read_what_is_there();
  void reap();

  pid_t process_;  // 0: reaped
  int watch_;      // a pidfd, or -1 where the kernel has none
  int progress_;
  int errors_;
  bool has_timed_out_ = false;
  std::chrono::milliseconds waited_{};
  int status_ = 0;
  std::string lines_;
  std::string wrote_;
};

}  // namespace backplane::plugin
