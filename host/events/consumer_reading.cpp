// What a consumer reads of the log, as far as it has room, and what of it a worker is to do next.
#include "base/log.hpp"
#include "events/consumer.hpp"

namespace backplane::events {

using store::DeliveryState;

bool Consumer::has_room() const {
  return queue_.size() < limits_.most_read && waiting_.size() + parked_count_ < limits_.most_put_off;
}

bool Consumer::has_work() const {
  return !due_.empty() || queue_.has_ready() ||
         (read_to_ < around_.store.events().last_position() && has_room() && !reading_);
}

// The next thing to do; nothing: this worker ends.
std::optional<Consumer::Job> Consumer::next() {
  std::unique_lock lock(mutex_);
  while (!paused_ && !stopping_ && around_.clock.now() >= hold_until_) {
    if (auto job = take()) {
      ++busy_;
      return job;
    }
    if (reading_ || read_to_ >= around_.store.events().last_position() || !has_room()) break;
    read(lock);
  }
  --workers_;
  if (workers_ == 0) idle_.notify_all();
  return std::nullopt;
}

std::optional<Consumer::Job> Consumer::take_due() {
  while (!due_.empty()) {
    const std::uint64_t position = due_.front();
    due_.pop_front();
    const auto found = waiting_.find(position);
    if (found == waiting_.end()) continue;
    Job job{{}, position, found->second.attempts, std::move(found->second.key), found->second.holds, true};
    job.suspect = suspects_.count(position) > 0;
    waiting_.erase(found);
    return job;
  }
  return std::nullopt;
}

std::optional<Consumer::Job> Consumer::take() {
  if (auto job = take_due()) return job;
  auto event = queue_.take();
  if (!event) return std::nullopt;
  const std::uint64_t position = (*event)->position;
  const bool careful = careful_ > 0 && position <= careful_to_;
  careful_ = careful ? careful_ - 1 : 0;
  Job job{*event, position, 0, (*event)->key, Holds::turn, careful};
  if (const auto known = known_.find(position); known != known_.end()) {
    job.attempts = known->second.attempts;
    job.written_before = careful || known->second.state != DeliveryState::parked;
    job.known = std::move(known->second);
    job.suspect = suspects_.count(position) > 0;
    known_.erase(known);
  }
  return job;
}

// Reads on in the log, as far as there is room.
void Consumer::read(std::unique_lock<std::mutex>& lock) {
  reading_ = true;
  const store::EventQuery query{
      .pattern = subscription_.pattern, .after = read_to_, .up_to = around_.store.events().last_position()};
  const std::size_t room = limits_.most_read - queue_.size();
  lock.unlock();
  std::vector<SharedEvent> found;
  const auto read = around_.store.events().read_events(query, [&](const model::Event& event) {
    found.push_back(std::make_shared<const model::Event>(event));
    return found.size() < room;
  });
  lock.lock();
  reading_ = false;
  if (!read) {
    base::log_error("events", "subscription " + full_name(subscription_) + ": " + read.error().message);
    hold_until_ = around_.clock.now() + after_storage_error;
    return;
  }
  const bool is_all = found.size() < room;
  const std::uint64_t last = is_all ? query.up_to : found.back()->position;
  for (SharedEvent& event : found) add(std::move(event));
  read_to_ = last;
  forget_missing();
  advance();
}

// An event that was read: to be called, or parked behind one of its key that waits.
void Consumer::add(SharedEvent event) {
  const auto known = known_.find(event->position);
  if (known != known_.end() && known->second.state == DeliveryState::dead) {
    known_.erase(known);
    return;
  }
  const auto parked = queue_.is_ordered(event->key) ? parked_.find(queue_.lane_of(event->key)) : parked_.end();
  if (parked == parked_.end()) {
    open_.insert(event->position);
    if (known != known_.end()) rows_.insert(event->position);
    queue_.push(std::move(event));
    return;
  }
  if (known != known_.end()) known_.erase(known);
  suspects_.erase(event->position);
  parked->second.positions.push_back(event->position);
  ++parked_count_;
  progress_->put({.position = event->position,
                  .state = DeliveryState::parked,
                  .next_at = {},
                  .key = event->key,
                  .error = {},
                  .updated_at = around_.clock.now()});
}

}  // namespace backplane::events
