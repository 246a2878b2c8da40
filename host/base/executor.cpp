#include "base/executor.hpp"

#include <string>
#include <system_error>
#include <thread>

#include "base/log.hpp"

namespace backplane::base {
namespace {

constexpr auto idle_before_leaving = std::chrono::seconds(10);

struct Posted {
  std::coroutine_handle<> ready;
  std::chrono::steady_clock::time_point at;
};

}  // namespace

struct WorkerPool::State {
  Size size;
  std::mutex mutex;
  std::condition_variable posted;
  std::condition_variable left;
  std::deque<Posted> queue;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool stopping = false;
};

WorkerPool::WorkerPool(Size size) : state_(std::make_shared<State>()) {
  state_->size = size;
  const std::lock_guard lock(state_->mutex);
  for (std::size_t i = 0; i < size.least; ++i) add_thread(state_);
}

WorkerPool::~WorkerPool() { stop(std::chrono::seconds(0)); }

// The mutex is held by the caller.
void WorkerPool::add_thread(const std::shared_ptr<State>& state) {
  try {
    std::thread([state] { work(state); }).detach();
    ++state->threads;
  } catch (const std::system_error& error) {  // the machine has no thread to give: those that there are go on
    log_error("base", std::string("a worker thread cannot be started: ") + error.what());
  }
}

void WorkerPool::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (true) {
    ++state->idle;
    const bool woken = state->posted.wait_for(lock, idle_before_leaving,
                                              [&] { return !state->queue.empty() || state->stopping; });
    --state->idle;
    if (!state->queue.empty()) {
      const auto next = state->queue.front().ready;
      state->queue.pop_front();
      lock.unlock();
      next.resume();
      lock.lock();
    } else if (state->stopping || (!woken && state->threads > state->size.least)) {
      break;
    }
  }
  --state->threads;
  // Notified under the lock: this thread touches nothing of the pool afterwards.
  state->left.notify_all();
}

void WorkerPool::post(std::coroutine_handle<> ready) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->queue.push_back({ready, std::chrono::steady_clock::now()});
    if (state_->idle == 0) return;
  }
  state_->posted.notify_one();
}

void WorkerPool::relieve(std::chrono::milliseconds patience, std::size_t lost) {
  const std::lock_guard lock(state_->mutex);
  if (state_->queue.empty() || state_->threads >= state_->size.most + lost) return;
  if (std::chrono::steady_clock::now() - state_->queue.front().at > patience) add_thread(state_);
}

std::size_t WorkerPool::stop(std::chrono::milliseconds grace) {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->posted.notify_all();
  state_->left.wait_for(lock, grace, [&] { return state_->threads == 0; });
  return state_->threads;
}

std::size_t WorkerPool::threads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->threads;
}

void RunLoop::post(std::coroutine_handle<> ready) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(ready);
  changed_.notify_one();
}

void RunLoop::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !ready_.empty() || finished_; });
    if (ready_.empty()) return;
    const auto next = ready_.front();
    ready_.pop_front();
    lock.unlock();
    next.resume();
    lock.lock();
  }
}

void RunLoop::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_one();
}

}  // namespace backplane::base
