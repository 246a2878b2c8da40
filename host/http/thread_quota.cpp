#include "http/thread_quota.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"

namespace backplane::http {

struct ThreadQuota::State {
  explicit State(std::size_t limit) : most(limit) {}

  bool enter() {
    const std::lock_guard lock(mutex);
    if (running == most) return false;
    ++running;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex);
    --running;
    changed.notify_all();
  }

  const std::size_t most;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t running = 0;
};

ThreadQuota::ThreadQuota(std::size_t most) : state_(std::make_shared<State>(most)) {}

bool ThreadQuota::run(std::function<void()> work) {
  if (!state_->enter()) return false;
  try {
    std::thread([state = state_, todo = std::move(work)]() mutable {
      todo();
      todo = nullptr;  // what it holds may be waited for as well
      state->leave();
    }).detach();
    return true;
  } catch (const std::system_error& error) {
    base::log_error("http", std::string("no thread to be had: ") + error.what());
    state_->leave();
    return false;
  }
}

std::size_t ThreadQuota::wait(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_until(lock, deadline, [&] { return state_->running == 0; });
  return state_->running;
}

}  // namespace backplane::http
