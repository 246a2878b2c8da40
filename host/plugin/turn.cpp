#include "plugin/turn.hpp"

#include <algorithm>
#include <vector>

namespace backplane::plugin {

bool Turn::Taking::await_suspend(std::coroutine_handle<> waiting) {
  const std::lock_guard lock(turn_.mutex_);
  if (!turn_.taken_) {
    turn_.taken_ = granted_ = true;
    return false;
  }
  waiting_ = waiting;
  turn_.waiting_.push_back(this);
  return true;
}

void Turn::release() {
  Taking* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    next = waiting_.front();
    waiting_.pop_front();
    next->granted_ = true;
  }
  next->executor_.post(next->waiting_);
}

void Turn::expire(Clock::time_point now) {
  std::vector<Taking*> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto overdue = [&](const Taking* one) { return one->until_ <= now; };
    std::copy_if(waiting_.begin(), waiting_.end(), std::back_inserter(gone), overdue);
    std::erase_if(waiting_, overdue);
  }
  for (Taking* one : gone) one->executor_.post(one->waiting_);
}

}  // namespace backplane::plugin
