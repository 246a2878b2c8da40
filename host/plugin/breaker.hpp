// A circuit breaker: a plugin that breaks again and again is not called for a while. After `most_faults` faults in a row it
// is open (quarantine); after a pause one call is let through as a probe, and its outcome closes the breaker
// or doubles the pause, up to a limit. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

namespace backplane::plugin {

class Breaker {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr int most_faults = 5;
  static constexpr std::chrono::seconds first_pause{5};
  static constexpr std::chrono::seconds longest_pause{300};

  // No fault since the last success: calls may be made, and need not be counted when they succeed. Open: never clean.
  bool is_clean() const { return faults_.load(std::memory_order_relaxed) == 0; }

  // Whether a call may be made. Costs one load while all is well.
  bool allows() {
    if (!open_.load(std::memory_order_relaxed)) [[likely]]
      return true;
    return allows_probe(Clock::now());
  }

  // After a call that came to an end without a fault.
  void succeeded() {
    if (is_clean()) [[likely]]
      return;
    close();
  }

  // After a fault. True: with this one the breaker opened.
  bool failed() { return failed_at(Clock::now()); }

  // After allows(), when the call was not made for another reason.
  void not_tried();

  bool is_open() const { return open_.load(std::memory_order_relaxed); }

  // The clock's reading made explicit, for tests.
  bool allows_probe(Clock::time_point now);
  bool failed_at(Clock::time_point now);

  // Lets calls through again, as an operator may ask.
  void close();

  // Lets none through any more, whatever comes of those under way.
  void shut();
  bool is_shut() const { return shut_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> open_{false};
  std::atomic<int> faults_{0};  // in a row
  std::mutex mutex_;
  bool probing_ = false;
  std::atomic<bool> shut_{false};
  Clock::time_point next_probe_{};
  std::chrono::seconds pause_ = first_pause;
};

}  // namespace backplane::plugin
