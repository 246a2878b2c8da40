#include "events/log_retention.hpp"

#include <string>

#include "base/log.hpp"

namespace backplane::events {

LogRetention::LogRetention(store::Store& store, const store::Retention& limits, const base::Clock& clock, base::WorkerPool& pool)
    : store_(store), limits_(limits), clock_(clock), pool_(pool) {}

void LogRetention::tick(Clock::time_point now) {
  const store::Retention limits = this->limits();
  const bool has_limit = limits.max_age.count() != 0 || limits.max_events != 0 || limits.max_bytes != 0;
  if (!has_limit || now < next_ || working_.exchange(true)) return;
  next_ = now + interval;
  base::start(work(), [this](bool) { working_ = false; });
}

void LogRetention::set_limits(const store::Retention& limits) {
  limits_.with([&](store::Retention& current) { current = limits; });
}

store::Retention LogRetention::limits() const {
  return limits_.with([](const store::Retention& limits) { return limits; });
}

base::Task<bool> LogRetention::work() {
  std::uint64_t removed = 0;
  store::Retained retained{.more = true};
  while (retained.more) {
    // Others have the thread between two pieces.
    co_await base::on(pool_);
    auto done = store_.events().retain(limits(), clock_.now());
    if (!done) {
      base::log_error("events", "the event log could not be brought within its limits: " + done.error().message);
      co_return false;
    }
    retained = *done;
    removed += retained.removed;
    removed_ += retained.removed;
  }
  if (removed > 0) base::log_info("events", std::to_string(removed) + " events beyond the limits of the log were removed");
  if (retained.held_by_unread > 0 && held_ == 0)
    base::log_warning("events", "about " + std::to_string(retained.held_by_unread) +
                                    " events beyond the limits of the log are kept for durable subscriptions that have not done with them");
  held_ = retained.held_by_unread;
  co_return true;
}

}  // namespace backplane::events
