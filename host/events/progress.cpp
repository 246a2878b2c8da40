#include "events/progress.hpp"

#include "base/log.hpp"

namespace backplane::events {

void PendingProgress::put(store::Delivery delivery) {
  const std::lock_guard lock(mutex_);
  removed_.erase(delivery.position);
  const std::uint64_t position = delivery.position;
  puts_.insert_or_assign(position, std::move(delivery));
}

void PendingProgress::remove(std::uint64_t position) {
  const std::lock_guard lock(mutex_);
  puts_.erase(position);
  removed_.insert(position);
}

void PendingProgress::set_floor(std::uint64_t floor) {
  const std::lock_guard lock(mutex_);
  floor_ = floor;
}

std::uint64_t PendingProgress::floor() const {
  const std::lock_guard lock(mutex_);
  return floor_;
}

bool PendingProgress::keep_all(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    keep();
    std::unique_lock lock(mutex_);
    if (!written_.wait_until(lock, deadline, [&] { return !writing_; })) return false;
    if (!has_something()) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

store::Progress PendingProgress::alone(store::Delivery delivery) {
  store::Progress progress{.subscription = subscription_, .generation = generation_, .floor = {}};
  progress.time = clock_.now();
  const std::lock_guard lock(mutex_);
  puts_.erase(delivery.position);
  removed_.erase(delivery.position);
  progress.put.push_back(std::move(delivery));
  return progress;
}

void PendingProgress::keep() {
  store::Progress progress{.subscription = subscription_, .generation = generation_, .floor = {}};
  progress.time = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (writing_ || !has_something()) return;
    writing_ = true;
    progress.floor = floor_;
    progress.put.reserve(puts_.size());
    for (auto& [position, delivery] : puts_) progress.put.push_back(std::move(delivery));
    progress.removed.assign(removed_.begin(), removed_.end());
    puts_.clear();
    removed_.clear();
  }
  store_.deliveries().keep(progress, [self = shared_from_this(), progress](const base::Result<void>& result) { self->finished(progress, result); });
}

void PendingProgress::finished(store::Progress written, const base::Result<void>& result) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  written_.notify_all();
  if (result) {
    kept_floor_ = *written.floor;
    return;
  }
  base::log_error("events", "how far the subscription " + subscription_ + " is was not kept: " + result.error().message);
  for (store::Delivery& delivery : written.put)
    if (removed_.count(delivery.position) == 0) puts_.try_emplace(delivery.position, std::move(delivery));
  for (const std::uint64_t position : written.removed)
    if (puts_.count(position) == 0) removed_.insert(position);
}

}  // namespace backplane::events
