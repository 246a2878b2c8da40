// How each endpoint fares, so that one that is slow or dead takes no more than one handler, and for a while none. In
// memory only: after a restart it is found out anew. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace webhooks {

class Lanes {
 private:
  struct Lane;

 public:
  using Clock = std::chrono::steady_clock;
  using Duration = std::chrono::milliseconds;

  // An endpoint that did not answer in time is left alone for `first_rest`, twice that the next time, up to 64 times.
  explicit Lanes(Duration first_rest) : first_rest_(first_rest) {}

  // One request, from its permission to its end.
  class Visit {
   public:
    Visit(Lanes& lanes, const std::string& endpoint)
        : lanes_(lanes), lane_(lanes.lane_of(endpoint)), began_(Clock::now()), wait_(lanes.enter(lane_, began_)) {}
    ~Visit() {
      if (wait_ == Duration(0)) lanes_.leave(lane_, began_, timed_out_, asked_);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    // 0: go on. Else: not now, ask again after that time.
    Duration wait() const { return wait_; }

    // `asked`: how long the endpoint wants to be left alone.
    void ended(bool timed_out, std::chrono::seconds asked) {
      timed_out_ = timed_out;
      asked_ = asked;
    }

   private:
    Lanes& lanes_;
    Lane& lane_;
    const Clock::time_point began_;
    const Duration wait_;
    bool timed_out_ = false;
    std::chrono::seconds asked_{};
  };

 private:
  static constexpr Duration slow{1000};

  struct Lane {
    int busy = 0;
    bool is_fast = false;         // answered within `slow` the last time
    Clock::time_point changed{};  // when the last one left, or the first one entered
    Clock::time_point rest_until{};
    Duration rest{};
  };

  // Stays where it is.
  Lane& lane_of(const std::string& endpoint) {
    const std::lock_guard lock(mutex_);
    return lanes_[endpoint];
  }

  Duration enter(Lane& lane, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (now < lane.rest_until) return std::chrono::ceil<Duration>(lane.rest_until - now);
    const bool hangs = now - lane.changed > slow;
    if (lane.busy > 0 && (!lane.is_fast || hangs)) return slow;
    if (lane.busy++ == 0) lane.changed = now;
    return Duration(0);
  }

  void leave(Lane& lane, Clock::time_point began, bool timed_out, std::chrono::seconds asked) {
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex_);
    --lane.busy;
    lane.changed = now;
    lane.is_fast = now - began < slow;
    if (!timed_out) {
      lane.rest = Duration(0);
      if (asked.count() > 0) lane.rest_until = now + asked;
    } else if (now >= lane.rest_until) {  // several that ran into it together count once
      lane.rest = std::clamp(lane.rest * 2, first_rest_, first_rest_ * 64);
      lane.rest_until = now + lane.rest;
    }
  }

  const Duration first_rest_;
  std::mutex mutex_;
  std::unordered_map<std::string, Lane> lanes_;
};

}  // namespace webhooks
