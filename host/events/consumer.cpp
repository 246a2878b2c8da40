#include "events/consumer.hpp"

#include <algorithm>

namespace backplane::events {

using std::chrono::steady_clock;

Consumer::Consumer(const DurableLimits& limits, Surroundings around, std::shared_ptr<const Table> table,
                   const plugin::Subscription& subscription, store::Cursor cursor)
    : limits_(limits),
      retries_(limits),
      around_(around),
      table_(std::move(table)),
      subscription_(subscription),
      cursor_(std::move(cursor)),
      progress_(std::make_shared<PendingProgress>(around.store, around.clock, cursor_)),
      queue_(subscription.order),
      read_to_(cursor_.floor),
      careful_to_(around.store.events().last_position()),
      careful_(careful_to_ > cursor_.floor ? limits.most_read : 0),
      paused_(cursor_.paused) {}

base::Result<std::shared_ptr<Consumer>> Consumer::open(const DurableLimits& limits, Surroundings around,
                                                       std::shared_ptr<const Table> table,
                                                       const plugin::Subscription& subscription, store::Cursor cursor) {
  BACKPLANE_TRY(const auto exceptions, around.store.deliveries().exceptions(cursor.subscription));
  auto consumer = std::make_shared<Consumer>(limits, around, std::move(table), subscription, std::move(cursor));
  consumer->restore(exceptions);
  return consumer;
}

void Consumer::wake() {
  std::unique_lock lock(mutex_);
  start_workers(lock);
}

void Consumer::tick(base::UtcTime now) {
  std::unique_lock lock(mutex_);
  if (now < last_tick_) go_back(now);
  last_tick_ = now;
  while (!times_.empty() && times_.begin()->first <= now) {
    due_.push_back(times_.begin()->second);
    times_.erase(times_.begin());
  }
  start_workers(lock);
  if (lock.owns_lock()) lock.unlock();
  progress_->keep();
}

// The clock was set back: what waits does not wait longer for it.
void Consumer::go_back(base::UtcTime now) {
  const auto by = last_tick_ - now;
  std::multimap<base::UtcTime, std::uint64_t> times;
  for (const auto& [time, position] : times_) times.emplace_hint(times.end(), time - by, position);
  times_.swap(times);
  hold_until_ -= by;
}

void Consumer::set_paused(bool paused) {
  std::unique_lock lock(mutex_);
  paused_ = paused;
  start_workers(lock);
}

void Consumer::set_retries(const DurableLimits& limits) {
  retries_.with([&](DurableLimits& current) { current = limits; });
}

void Consumer::take_back(const store::Delivery& delivery) {
  std::unique_lock lock(mutex_);
  // Once more: what was gathered of it before, or is on its way to the store, must not be the last word.
  progress_->put(delivery);
  waiting_.insert_or_assign(delivery.position, Waiting{delivery.attempts, delivery.key, Holds::nothing});
  times_.emplace(delivery.next_at, delivery.position);
}

// Gives the lock back when it started one.
void Consumer::start_workers(std::unique_lock<std::mutex>& lock) {
  if (paused_ || stopping_ || workers_ >= limits_.most_busy || !has_work() || around_.clock.now() < hold_until_) return;
  if ((careful_ > 0 || !suspects_.empty()) && workers_ > 0) return;
  ++workers_;
  lock.unlock();
  base::start(work(shared_from_this()), [](bool) {});
}

base::Task<bool> Consumer::work(std::shared_ptr<Consumer> self) {
  co_await base::on(self->around_.pool);
  while (auto job = self->next()) {
    co_await self->perform(std::move(*job));
    self->wake();
  }
  co_return true;
}

ConsumerFigures Consumer::figures() const {
  const std::lock_guard lock(mutex_);
  ConsumerFigures figures{.subscription = full_name(subscription_)};
  figures.floor = progress_->floor();
  figures.behind =
      around_.store.events().last_position() - std::min(around_.store.events().last_position(), figures.floor);
  figures.busy = busy_;
  figures.waiting = waiting_.size();
  figures.parked = parked_count_;
  for (const auto& [lane, parked] : parked_) figures.parked += parked.loaded;
  figures.dead = dead_;
  figures.generation = cursor_.generation;
  figures.replay_up_to = cursor_.replay_up_to;
  figures.paused = paused_;
  return figures;
}

void Consumer::resume() {
  std::unique_lock lock(mutex_);
  stopping_ = false;
  start_workers(lock);
}

bool Consumer::stop(steady_clock::time_point deadline) {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    if (!idle_.wait_until(lock, deadline, [&] { return workers_ == 0; })) return false;
  }
  return progress_->keep_all(deadline);
}

}  // namespace backplane::events
