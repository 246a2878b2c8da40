#include "events/consumer.hpp"

#include <algorithm>
#include <span>

#include "base/log.hpp"

namespace backplane::events {
namespace {

using std::chrono::steady_clock;
using store::DeliveryState;

constexpr auto after_storage_error = std::chrono::seconds(1);
constexpr auto between_trials = std::chrono::milliseconds(10);

// Keeps progress and comes back on the pool.
struct Keep {
  store::Store& store;
  store::Progress progress;
  base::Executor& resume_on;
  base::Result<void> result = base::ok();

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    store.deliveries().keep(std::move(progress), [this, waiting](base::Result<void> kept) {
      result = std::move(kept);
      resume_on.post(waiting);
    });
  }
  base::Result<void> await_resume() { return std::move(result); }
};

}  // namespace

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

bool Consumer::has_room() const {
  return queue_.size() < limits_.most_read && waiting_.size() + parked_count_ < limits_.most_put_off;
}

bool Consumer::has_work() const {
  return !due_.empty() || queue_.has_ready() ||
         (read_to_ < around_.store.events().last_position() && has_room() && !reading_);
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
  progress_->forget(delivery.position);
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

base::Task<bool> Consumer::perform(Job job) {
  if (const auto now = around_.clock.now(); job.known && job.known->next_at > now) {
    // Its time is still to come.
    settle(job, Verdict{Verdict::Kind::later, job.known->next_at - now, job.known->error});
    co_return false;
  }
  if (job.suspect && around_.trial.test_and_set()) {
    settle(job, Verdict{Verdict::Kind::later, between_trials, {}});
    co_return false;
  }
  job.on_trial = job.suspect;
  if (!job.event) {
    auto found = around_.store.events().event_at(job.position);
    if (!found && found.error().code != base::Code::not_found) {
      settle(job, Verdict{Verdict::Kind::later, after_storage_error, found.error().message});
      co_return false;
    }
    if (!found) {
      // It is no longer in the log: nobody can be told of it.
      settle(job, Verdict{Verdict::Kind::done});
      co_return false;
    }
    job.event = std::make_shared<const model::Event>(std::move(*found));
    job.key = job.event->key;
  }
  if (job.written_before) {
    store::Delivery attempt{.position = job.position,
                            .state = DeliveryState::attempted,
                            .attempts = job.attempts + 1,
                            .next_at = {},
                            .key = job.key,
                            .error = {},
                            .updated_at = around_.clock.now()};
    Keep keep{around_.store, progress_->at_once(std::move(attempt)), around_.pool};
    const base::Result<void> kept = co_await keep;
    {
      const std::lock_guard lock(mutex_);
      rows_.insert(job.position);
    }
    if (!kept) {
      settle(job, Verdict{Verdict::Kind::later, after_storage_error, kept.error().message});
      co_return false;
    }
  }
  Verdict verdict = co_await call(job);
  settle(job, std::move(verdict));
  co_return true;
}

base::Task<Consumer::Verdict> Consumer::call(const Job& job) {
  const plugin::Delivered how{plugin::Mode::durable, job.attempts + 1, job.position <= cursor_.replay_up_to};
  const auto stay = std::make_shared<plugin::Stay>(table_);
  const plugin::Company company{subscription_.instance};
  // A gate is closed when its consumers have come to a stop: this one may be on its way there.
  const auto entered = co_await stay->enter(company, around_.pool, steady_clock::now() + subscription_.deadline);
  if (!entered || *entered == plugin::Entering::again) co_return Verdict{Verdict::Kind::not_called, between_trials, {}};
  auto context = std::make_shared<plugin::EventContext>(job.event, how);
  context->pin(stay);
  plugin::Passage passage{
      .executor = &around_.pool, .pool = around_.pool, .until = steady_clock::now() + subscription_.deadline * 2};
  const plugin::Subscription* const one = &subscription_;
  const plugin::Ran ran = co_await plugin::call(passage, std::span(&one, 1), context);
  stay->end();
  co_return verdict_of(ran, *context);
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
