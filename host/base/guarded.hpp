// A value that can only be reached under its lock.
#pragma once

#include <mutex>
#include <utility>

namespace backplane::base {

// guarded.with([](T& value) { ... }): runs the function with the lock held and returns its result. Never
// call a plugin in there.
template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  template <class F>
  decltype(auto) with(F&& function) {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(function)(value_);
  }

  template <class F>
  decltype(auto) with(F&& function) const {
    const std::lock_guard lock(mutex_);
    return std::forward<F>(function)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace backplane::base
