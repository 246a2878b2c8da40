// Runs work that blocks on threads of its own: at most so many at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace backplane::http {

// Any thread.
class ThreadQuota {
 public:
  explicit ThreadQuota(std::size_t most);

  // Runs it on a new thread. False: `most` are running, or the machine has no thread to give; `work` is gone then.
  bool run(std::function<void()> work);

  // Waits for those that run, at most until `deadline`; returns how many still do.
  std::size_t wait(std::chrono::steady_clock::time_point deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the threads: one that never comes back is left behind
};

}  // namespace backplane::http
