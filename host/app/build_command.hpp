// Runs the developer's build command when it is asked to: `backplane run --dev` asks when sources have changed. One
// build at a time, on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.hpp"

namespace backplane::app {

// How a build ended.
struct BuildEnd {
  enum class How {
    exited,   // status: the exit status
    killed,   // by a signal that was not ours; status: its number
    cut_off,  // by us, for a newer request or because the host stops
  };
  How how = How::exited;
  int status = 0;
  std::chrono::milliseconds took{0};

  bool succeeded() const { return how == How::exited && status == 0; }
};

// What a request does to a build that runs.
enum class RunningBuild { is_cut_off, goes_on };

struct BuildPlan {
  std::string command;             // for /bin/sh -c
  std::filesystem::path folder{};  // where it runs; empty: the current one
  RunningBuild on_request = RunningBuild::is_cut_off;
  std::chrono::milliseconds grace{2000};  // between SIGTERM and SIGKILL
};

class BuildCommand {
 public:
  // Both are called on the build's thread, never two at once. They may call request(), but must not destroy the
  // BuildCommand.
  struct Told {
    std::function<void(std::string_view line)> line;               // of standard output and error, without its end
    std::function<void(const base::Result<BuildEnd>& end)> ended;  // an error: the command could not be started
  };

  // Builds nothing yet.
  static base::Result<std::unique_ptr<BuildCommand>> make(BuildPlan plan, Told told);

  // Cuts off the build that runs, and returns when its processes are gone and no call is under way; none follows.
  ~BuildCommand();
  BuildCommand(const BuildCommand&) = delete;
  BuildCommand& operator=(const BuildCommand&) = delete;

  // Builds, from what the sources are now: at once, or when the build that runs has ended (by itself, or because it is
  // cut off for this). Any number of requests meanwhile are one. Any thread.
  void request();

 private:
  BuildCommand(BuildPlan plan, Told told, int news);
  void run();
  bool wait_for_request();
  base::Result<BuildEnd> build();
  bool is_to_end();

  const BuildPlan plan_;
  const Told told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
  bool stopping_ = false;
  const int news_;  // an eventfd: a request or the stop, for a build that runs
  std::thread thread_;
};

}  // namespace backplane::app
