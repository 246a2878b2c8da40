#include "plugin/breaker.hpp"

#include <algorithm>

namespace backplane::plugin {

bool Breaker::allows_probe(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!open_) return true;
  if (shut_ || probing_ || now < next_probe_) return false;
  probing_ = true;
  return true;
}

bool Breaker::failed_at(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (open_) {
    // Late returns of calls made before it opened count as well: they only push the probe back.
    if (probing_) pause_ = std::min(pause_ * 2, longest_pause);
    probing_ = false;
    next_probe_ = now + pause_;
    return false;
  }
  if (++faults_ < most_faults) return false;
  open_ = true;
  next_probe_ = now + pause_;
  return true;
}

void Breaker::not_tried() {
  const std::lock_guard lock(mutex_);
  probing_ = false;
}

void Breaker::shut() {
  const std::lock_guard lock(mutex_);
  open_ = shut_ = true;
  faults_ = most_faults;
}

void Breaker::close() {
  const std::lock_guard lock(mutex_);
  if (shut_) return;
  open_ = false;
  probing_ = false;
  faults_ = 0;
  pause_ = first_pause;
}

}  // namespace backplane::plugin
