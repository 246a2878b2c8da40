#include "events/progress.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace backplane::events {
namespace {

using std::chrono::steady_clock;

constexpr auto pause_after_error = std::chrono::seconds(1);

}  // namespace

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

bool PendingProgress::keep_all(steady_clock::time_point deadline) {
  for (;;) {
    keep();
    std::unique_lock lock(mutex_);
    if (!written_.wait_until(lock, deadline, [&] { return !writing_; })) return false;
    if (!has_something()) return true;
    written_.wait_until(lock, std::min(deadline, paused_until_), [] { return false; });
    if (steady_clock::now() >= deadline) return false;
  }
}

store::Progress PendingProgress::at_once(store::Delivery delivery) {
  store::Progress progress{.subscription = subscription_, .generation = generation_, .floor = {}};
  progress.time = clock_.now();
  const std::lock_guard lock(mutex_);
  puts_.erase(delivery.position);
  removed_.erase(delivery.position);
  for (const auto& [position, gathered] : puts_)
    if (gathered.state != store::DeliveryState::parked) progress.put.push_back(gathered);
  progress.removed.assign(removed_.begin(), removed_.end());
  progress.put.push_back(std::move(delivery));
  return progress;
}

void PendingProgress::keep() {
  store::Progress progress{.subscription = subscription_, .generation = generation_, .floor = {}};
  progress.time = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (writing_ || !has_something() || steady_clock::now() < paused_until_) return;
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
  paused_until_ = steady_clock::now() + pause_after_error;
  base::log_error("events", "how far the subscription " + subscription_ + " is was not kept: " + result.error().message);
  for (store::Delivery& delivery : written.put)
    if (removed_.count(delivery.position) == 0) puts_.try_emplace(delivery.position, std::move(delivery));
  for (const std::uint64_t position : written.removed)
    if (puts_.count(position) == 0) removed_.insert(position);
}

}  // namespace backplane::events
