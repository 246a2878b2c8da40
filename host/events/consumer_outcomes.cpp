// What becomes of the events that a consumer called its handler for, and of those behind them.
#include <algorithm>
#include <random>

#include "base/log.hpp"
#include "events/consumer.hpp"

namespace backplane::events {
namespace {

using std::chrono::microseconds;
using store::DeliveryState;

constexpr std::size_t most_loaded = 64;  // parked events of one key back in the queue at a time

}  // namespace

std::uint32_t Consumer::most_attempts() const {
  return subscription_.most_attempts != 0 ? subscription_.most_attempts
                                           : retries_.with([](const DurableLimits& limits) { return limits.most_attempts; });
}

// Exponential, with full jitter on the upper half: those that failed together do not come again together.
microseconds Consumer::delay_after(std::uint32_t attempts) const {
  const DurableLimits limits = retries_.with([](const DurableLimits& current) { return current; });
  auto delay = limits.first_delay;
  for (std::uint32_t i = 1; i < attempts && delay < limits.longest_delay; ++i) delay *= 2;
  delay = std::min(delay, limits.longest_delay);
  thread_local std::minstd_rand random(std::random_device{}());
  return delay / 2 + microseconds(std::uniform_int_distribution<std::int64_t>(0, delay.count() / 2)(random));
}

Consumer::Verdict Consumer::verdict_of(const plugin::Ran& ran, const plugin::EventContext& context) const {
  switch (ran.ending.how) {
    case plugin::Ended::skipped: {
      const base::Error& why = *ran.ending.error;
      // Unavailable: the plugin is quarantined, else it was this call alone that did not come to its turn.
      return {why.code == base::Code::unavailable ? Verdict::Kind::not_called : Verdict::Kind::later, limits_.skipped_delay, why.message};
    }
    case plugin::Ended::rejected:
    case plugin::Ended::faulted:
    case plugin::Ended::timed_out: return {Verdict::Kind::again, microseconds(-1), ran.ending.error->message};
    case plugin::Ended::went_on: break;
  }
  const plugin::Verdict& said = context.verdict();
  switch (said.kind) {
    case plugin::Verdict::Kind::none: return {Verdict::Kind::done};
    case plugin::Verdict::Kind::retry: return {Verdict::Kind::again, said.delay, said.message};
    case plugin::Verdict::Kind::snooze: return {Verdict::Kind::later, said.delay, {}};
    case plugin::Verdict::Kind::reject: return {Verdict::Kind::dead, {}, said.message};
  }
  return {Verdict::Kind::done};
}

void Consumer::settle(const Job& job, Verdict verdict) {
  std::unique_lock lock(mutex_);
  --busy_;
  if (job.on_trial) {
    around_.trial.clear();
    suspects_.erase(job.position);
  }
  const bool is_attempt = verdict.kind != Verdict::Kind::later && verdict.kind != Verdict::Kind::not_called;
  const std::uint32_t attempts = job.attempts + (is_attempt ? 1 : 0);
  if (verdict.kind == Verdict::Kind::again && attempts >= most_attempts()) verdict.kind = Verdict::Kind::dead;
  if (verdict.kind != Verdict::Kind::later) subscription_.counts->add(verdict.kind == Verdict::Kind::done);
  switch (verdict.kind) {
    case Verdict::Kind::done:
      if (rows_.erase(job.position) > 0 || job.written_before) progress_->remove(job.position);
      break;
    case Verdict::Kind::not_called:
      // The others would not be called either: they stay in the log.
      hold_until_ = around_.clock.now() + verdict.delay;
      [[fallthrough]];
    case Verdict::Kind::again:
    case Verdict::Kind::later: wait_again(job, attempts, verdict); break;
    case Verdict::Kind::dead:
      ++dead_;
      rows_.erase(job.position);
      progress_->put({.position = job.position,
                      .state = DeliveryState::dead,
                      .attempts = attempts,
                      .next_at = {},
                      .key = job.key,
                      .error = verdict.error,
                      .updated_at = around_.clock.now()});
      base::log_error("events", "subscription " + full_name(subscription_) + ": event " + std::to_string(job.position) +
                                    " is a dead letter after " + std::to_string(attempts) +
                                    " attempts: " + verdict.error);
      break;
  }
  open_.erase(job.position);
  if (verdict.kind == Verdict::Kind::done || verdict.kind == Verdict::Kind::dead) go_on(job, lock);
  advance();
}

// Comes again later; those of its key that wait in memory are parked behind it.
void Consumer::wait_again(const Job& job, std::uint32_t attempts, const Verdict& verdict) {
  const auto now = around_.clock.now();
  const auto delay = verdict.delay < microseconds(0) ? delay_after(attempts) : verdict.delay;
  const bool ordered = queue_.is_ordered(job.key);
  const Holds holds = job.holds != Holds::turn ? job.holds : ordered ? Holds::key : Holds::nothing;
  waiting_.insert_or_assign(job.position, Waiting{attempts, job.key, holds});
  times_.emplace(now + delay, job.position);
  rows_.insert(job.position);
  progress_->put({.position = job.position,
                  .state = DeliveryState::waiting,
                  .attempts = attempts,
                  .next_at = now + delay,
                  .key = job.key,
                  .error = verdict.error,
                  .updated_at = now});
  if (job.holds != Holds::turn) return;
  const auto held = queue_.hold(job.key);
  if (!ordered) return;
  Parked& parked = parked_[queue_.lane_of(job.key)];
  parked.key = job.key;
  std::vector<std::uint64_t> positions;
  positions.reserve(held.size());
  for (const SharedEvent& event : held) {
    positions.push_back(event->position);
    open_.erase(event->position);
    known_.erase(event->position);
    suspects_.erase(event->position);
    progress_->put({.position = event->position,
                    .state = DeliveryState::parked,
                    .next_at = {},
                    .key = event->key,
                    .error = {},
                    .updated_at = now});
  }
  parked.positions.insert(parked.positions.begin(), positions.begin(), positions.end());
  parked_count_ += positions.size();
  parked.loaded = 0;
}

// The event is done with: the next of its key may go.
void Consumer::go_on(const Job& job, std::unique_lock<std::mutex>& lock) {
  if (job.holds == Holds::nothing) return;
  if (const auto parked = parked_.find(queue_.lane_of(job.key)); parked != parked_.end()) {
    if (job.holds == Holds::turn && parked->second.loaded > 0) --parked->second.loaded;
    if (parked->second.loaded == 0 && !load_parked(job.key, lock)) {
      // The key stays held, by the one that could not be read.
      if (job.holds == Holds::turn) queue_.hold(job.key);
      return;
    }
  }
  if (job.holds == Holds::turn)
    queue_.done(job.key);
  else
    queue_.release(job.key);
}

// Puts the first parked events of a key, whose turn is taken, back into the queue; without any, the key is free. False:
// the store cannot be read, and the first of them waits for it to come back.
bool Consumer::load_parked(const std::string& key, std::unique_lock<std::mutex>& lock) {
  const std::string lane = queue_.lane_of(key);
  while (parked_[lane].loaded == 0) {
    const std::deque<std::uint64_t>& waiting = parked_[lane].positions;
    if (waiting.empty()) {
      parked_.erase(lane);
      return true;
    }
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(most_loaded, waiting.size()));
    const std::vector<std::uint64_t> positions(waiting.begin(), end);
    lock.unlock();
    std::vector<base::Result<model::Event>> read;
    read.reserve(positions.size());
    for (const std::uint64_t position : positions) {
      read.push_back(around_.store.events().event_at(position));
      if (!read.back() && read.back().error().code != base::Code::not_found) break;
    }
    lock.lock();
    Parked& parked = parked_[lane];
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (!read[i] && read[i].error().code != base::Code::not_found) {
        if (parked.loaded > 0) return true;
        parked.positions.pop_front();
        --parked_count_;
        waiting_.insert_or_assign(positions[i], Waiting{0, key, Holds::key});
        times_.emplace(around_.clock.now() + limits_.skipped_delay, positions[i]);
        return false;
      }
      parked.positions.pop_front();
      --parked_count_;
      if (!read[i]) {
        progress_->remove(positions[i]);
        continue;
      }
      rows_.insert(positions[i]);
      ++parked.loaded;
      queue_.push(std::make_shared<const model::Event>(std::move(*read[i])));
    }
  }
  return true;
}

// Everything below the first event that is open is done with or written down.
void Consumer::advance() { progress_->set_floor(open_.empty() ? read_to_ : *open_.begin() - 1); }

}  // namespace backplane::events
