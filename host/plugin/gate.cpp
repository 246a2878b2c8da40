#include "plugin/gate.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace backplane::plugin {

bool Gate::enter_unless_drained() {
  std::uint64_t seen = state_.load();
  while ((seen & drained) == 0)
    if (state_.compare_exchange_weak(seen, seen + 1)) return true;
  return false;
}

bool Gate::Waiting::await_suspend(std::coroutine_handle<> waiting) {
  const std::lock_guard lock(gate_.mutex_);
  if (gate_.retired_ || gate_.is_open()) return false;
  waiting_ = waiting;
  gate_.waiting_.push_back(this);
  return true;
}

void Gate::expire(Clock::time_point now) {
  std::vector<Waiting*> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto overdue = [&](const Waiting* one) { return one->until_ <= now; };
    std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(gone), overdue);
    std::erase_if(waiting_, overdue);
  }
  for (Waiting* const one : gone) {
    one->in_time_ = false;
    one->executor_.post(one->waiting_);
  }
}

void Gate::tell_empty() {
  const std::lock_guard lock(mutex_);
  empty_.notify_all();
}

bool Gate::drain(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [&] {
    std::uint64_t nobody = closed;
    return state_.compare_exchange_strong(nobody, closed | drained) || nobody == (closed | drained);
  });
}

void Gate::open() {
  state_.fetch_and(~(closed | drained));
  send_on();
}

void Gate::retire() {
  {
    const std::lock_guard lock(mutex_);
    retired_ = true;
  }
  send_on();
}

bool Gate::is_retired() {
  const std::lock_guard lock(mutex_);
  return retired_;
}

void Gate::send_on() {
  std::vector<Waiting*> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (Waiting* const one : waiting) one->executor_.post(one->waiting_);
}

}  // namespace backplane::plugin
