// Time: UTC with microseconds for everything that is recorded, and a clock that tests can set.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::base {

using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;

// Tells the time. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  UtcTime now() const override;
};

// A clock that stands still until it is set.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UtcTime start) : now_(start.time_since_epoch().count()) {}
  UtcTime now() const override { return UtcTime(std::chrono::microseconds(now_.load())); }
  void set(UtcTime time) { now_ = time.time_since_epoch().count(); }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

// "2026-01-31T12:00:00.000001Z" (RFC 3339), always with six digits.
std::string to_rfc3339(UtcTime time);

// Reads RFC 3339 with any number of fractional digits (beyond six they are cut) and any offset.
Result<UtcTime> from_rfc3339(std::string_view text);

}  // namespace backplane::base
