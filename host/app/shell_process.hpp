// A command that /bin/sh runs in a process group of its own, with its output to be read. One thread at a time.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::app {

class ShellProcess {
 public:
  // In that folder, with this process's environment, without input; standard output and error are one stream.
  static base::Result<ShellProcess> start(const std::string& command, const std::filesystem::path& folder);

  ShellProcess(ShellProcess&& other) noexcept;
  ShellProcess& operator=(ShellProcess&&) = delete;
  // Kills the group if it was not reaped.
  ~ShellProcess();

  // To be polled for reading; -1: the output has ended.
  int output() const { return output_; }
  // Readable once the shell has ended; -1: the system has no pidfds, ask has_ended().
  int end() const { return end_; }

  // Reads some of what is there, without waiting; whether there was any. Each whole line is told without its end; a
  // very long one in pieces.
  using OnLine = std::function<void(std::string_view line)>;
  bool read_output(const OnLine& on_line);
  // A last line that has no end.
  void flush_output(const OnLine& on_line);

  bool has_ended() const;

  // To all processes of the group.
  void signal_group(int number) const;

  // Kills what is left of the group, and returns the shell's status (as of waitpid).
  int reap();

 private:
  ShellProcess(pid_t process, int end, int output) : process_(process), end_(end), output_(output) {}

  pid_t process_;
  int end_;  // a pidfd
  int output_;
  std::string line_;
};

}  // namespace backplane::app
