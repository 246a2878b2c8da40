// Keeps the event log within the limits of the manifest: at intervals, what is beyond them is removed from its beginning.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/guarded.hpp"
#include "base/task.hpp"
#include "store/store.hpp"

namespace backplane::events {

class LogRetention {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes interval{1};

  // `store` outlives it, and it outlives the work of the pool: the pool is stopped first.
  LogRetention(store::Store& store, const store::Retention& limits, const base::Clock& clock, base::WorkerPool& pool);

  // Called often, by one thread; must not block: what is to be done is done on the pool, at the first call and then once an interval.
  void tick(Clock::time_point now);

  // From the next time on. Any thread.
  void set_limits(const store::Retention& limits);

  // Any thread.
  std::uint64_t removed() const { return removed_; }          // since the start
  std::uint64_t held_by_unread() const { return held_; }      // about, at the last time: beyond the limits, and kept for a subscription

 private:
  base::Task<bool> work();
  store::Retention limits() const;

  store::Store& store_;
  base::Guarded<store::Retention> limits_;
  const base::Clock& clock_;
  base::WorkerPool& pool_;
  Clock::time_point next_{};
  std::atomic<bool> working_{false};
  std::atomic<std::uint64_t> removed_{0};
  std::atomic<std::uint64_t> held_{0};
};

}  // namespace backplane::events
