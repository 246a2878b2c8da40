#include "events/background.hpp"

#include <algorithm>
#include <condition_variable>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "plugin/call.hpp"

namespace backplane::events {

using std::chrono::steady_clock;

// One subscription's. Lives as long as a worker of it does.
class Background::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(const Background& background, const plugin::Subscription& subscription)
      : limits_(background.limits_),
        log_(background.log_),
        pool_(background.pool_),
        name_(full_name(subscription)),
        order_(subscription.order),
        waiting_(subscription.order) {}

  const std::string& name() const { return name_; }
  plugin::Order order() const { return order_; }

  // The one that is called from now on.
  void serve(std::shared_ptr<const Table> table, const plugin::Subscription& subscription) {
    const std::lock_guard lock(mutex_);
    table_ = std::move(table);
    subscription_ = &subscription;
    is_quarantined_ = false;
    paused_until_ = {};
  }

  // Nobody is called any more.
  void end() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    subscription_ = nullptr;
    table_.reset();
    if (!waiting_.empty() || spilled_)
      base::log_warning("events", "background subscription " + name_ + " is gone: " + std::to_string(waiting_.size()) +
                                      " events that waited for it" + (spilled_ ? ", and more in the log," : "") + " are not delivered");
  }

  bool has_room(const model::Event& event) {
    const std::lock_guard lock(mutex_);
    if (!is_full(event)) return true;
    ++refused_;
    return false;
  }

  void push(const SharedEvent& event) {
    std::unique_lock lock(mutex_);
    if (event->position != 0) {
      if (spilled_ || (log_ != nullptr && is_full(*event))) {
        // It waits in the log, and with it all that come after it; what came before was in the queue, or not for it.
        if (!spilled_) last_queued_ = std::max(last_queued_, event->position - 1);
        spilled_ = true;
        last_spilled_ = std::max(last_spilled_, event->position);
        start_workers(lock);
        return;
      }
      last_queued_ = std::max(last_queued_, event->position);
    }
    waiting_.push(event);
    start_workers(lock);
  }

  QueueFigures figures() const {
    const std::lock_guard lock(mutex_);
    return {name_, refused_, waiting_.size() + waiting_.busy(), spilled_};
  }

  void wait_until_idle(steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    idle_.wait_until(lock, deadline, [&] { return is_idle(); });
  }

  void tick() {
    std::unique_lock lock(mutex_);
    if (waiting_.has_ready() || can_refill()) start_workers(lock);
  }

  bool is_empty() const {
    const std::lock_guard lock(mutex_);
    return workers_ == 0 && has_nothing();
  }

  void close(steady_clock::time_point deadline, Drained& drained) {
    std::unique_lock lock(mutex_);
    idle_.wait_until(lock, deadline, [&] { return is_idle(); });
    closed_ = true;
    drained.waiting += waiting_.size();
    if (spilled_) ++drained.in_log;
    if (workers_ > 0) ++drained.busy;
  }

 private:
  bool is_full(const model::Event& event) const {
    return waiting_.size() >= limits_.most_waiting || waiting_.bytes() + KeyQueue::bytes_of(event) > limits_.most_bytes;
  }
  bool is_paused() const { return steady_clock::now() < paused_until_; }
  bool can_refill() const { return spilled_ && subscription_ != nullptr && !refilling_ && !is_paused() && waiting_.size() < limits_.most_waiting / 2; }
  bool has_nothing() const { return waiting_.empty() && waiting_.busy() == 0 && !spilled_; }
  bool is_idle() const { return workers_ == 0 && (closed_ || is_quarantined_ || has_nothing()); }

  // As many workers as there is work for, within the limit. Takes the lock, and gives it back.
  void start_workers(std::unique_lock<std::mutex>& lock) {
    const std::size_t work_left = waiting_.size() + waiting_.busy() + (spilled_ ? 1 : 0);
    if (closed_ || workers_ >= std::min(limits_.most_busy, work_left) || is_paused()) return;
    ++workers_;
    lock.unlock();
    base::start(work(shared_from_this()), [](bool) {});
  }

  static base::Task<bool> work(std::shared_ptr<Queue> self) {
    co_await base::on(self->pool_);
    while (auto event = self->next()) {
      const auto ending = co_await self->deliver(*event);
      self->finished(std::move(*event), ending);
    }
    co_return true;
  }

  // The next event to deliver; nothing: this worker ends.
  std::optional<SharedEvent> next() {
    std::unique_lock lock(mutex_);
    if (can_refill()) refill(lock);
    auto event = closed_ || is_paused() ? std::nullopt : waiting_.take();
    if (event) return event;
    --workers_;
    if (is_idle()) idle_.notify_all();
    return std::nullopt;
  }

  // Reads what waits in the log, as far as there is room, in the order of positions.
  void refill(std::unique_lock<std::mutex>& lock) {
    refilling_ = true;
    const store::EventQuery query{.pattern = subscription_->pattern, .after = last_queued_, .up_to = last_spilled_};
    const std::size_t room = limits_.most_waiting - waiting_.size();
    const std::size_t bytes = limits_.most_bytes - std::min(limits_.most_bytes, waiting_.bytes());
    lock.unlock();
    std::vector<SharedEvent> found;
    std::size_t taken = 0;
    bool is_all = true;
    const auto read = log_->read_events(query, [&](const model::Event& event) {
      taken += KeyQueue::bytes_of(event);
      is_all = found.size() < room && (taken <= bytes || found.empty());
      if (is_all) found.push_back(std::make_shared<const model::Event>(event));
      return is_all;
    });
    lock.lock();
    refilling_ = false;
    if (!read) {
      base::log_error("events", "background subscription " + name_ + ": " + read.error().message);
      paused_until_ = steady_clock::now() + limits_.pause;
      return;
    }
    for (SharedEvent& event : found) {
      last_queued_ = event->position;
      waiting_.push(std::move(event));
    }
    if (is_all) last_queued_ = query.up_to;
    spilled_ = last_queued_ < last_spilled_;
  }

  // Nothing: the subscription is gone.
  base::Task<std::optional<plugin::Ending>> deliver(SharedEvent event) {
    for (;;) {
      const auto [table, subscription] = served();
      if (subscription == nullptr) co_return std::nullopt;
      const auto stay = std::make_shared<plugin::Stay>(table);
      const plugin::Company company{subscription->instance};
      const auto entered = co_await stay->enter(company, pool_, steady_clock::time_point::max());
      if (!entered || *entered == plugin::Entering::again) continue;
      auto context = std::make_shared<plugin::EventContext>(std::move(event), plugin::Delivered{.mode = plugin::Mode::background});
      context->pin(stay);
      plugin::Passage passage{.executor = &pool_, .pool = pool_, .until = steady_clock::now() + subscription->deadline * 2};
      plugin::Ran ran = co_await plugin::call(passage, std::span(&subscription, 1), context);
      if (ran.ending.how != plugin::Ended::skipped) subscription->counts->add(ran.ending.how == plugin::Ended::went_on);
      stay->end();
      co_return std::move(ran.ending);
    }
  }

  std::pair<std::shared_ptr<const Table>, const plugin::Subscription*> served() const {
    const std::lock_guard lock(mutex_);
    return {table_, subscription_};
  }

  // What was not called is not done with: it waits until the plugin is called again.
  void finished(SharedEvent event, const std::optional<plugin::Ending>& ending) {
    const bool was_called = !ending || ending->how != plugin::Ended::skipped;
    const std::lock_guard lock(mutex_);
    // Unavailable: the plugin is quarantined, else it was this call alone that did not come to its turn.
    is_quarantined_ = !was_called && ending->error->code == base::Code::unavailable;
    if (is_quarantined_) paused_until_ = steady_clock::now() + limits_.pause;
    if (was_called)
      waiting_.done(event->key);
    else
      waiting_.put_back(std::move(event));
  }

  const QueueLimits limits_;
  store::EventLog* const log_;
  base::WorkerPool& pool_;
  const std::string name_;
  const plugin::Order order_;

  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  const plugin::Subscription* subscription_ = nullptr;  // null: it is gone
  std::condition_variable idle_;
  KeyQueue waiting_;
  std::size_t workers_ = 0;
  bool closed_ = false;
  bool spilled_ = false;
  bool refilling_ = false;
  bool is_quarantined_ = false;  // its plugin, when it was to be called last
  steady_clock::time_point paused_until_{};
  std::uint64_t last_queued_ = 0;   // position
  std::uint64_t last_spilled_ = 0;  // position
  std::uint64_t refused_ = 0;
};

Background::Background(QueueLimits limits, store::EventLog* log, base::WorkerPool& pool)
    : limits_(limits), log_(log), pool_(pool), table_(std::make_shared<const Table>(std::vector<std::shared_ptr<plugin::Instance>>())) {}

Background::~Background() = default;

void Background::set_table(const std::shared_ptr<const Table>& table) {
  const std::lock_guard lock(mutex_);
  std::map<std::string_view, std::shared_ptr<Queue>> before;
  for (const auto& [subscription, queue] : queues_) before.emplace(queue->name(), queue);
  std::map<const plugin::Subscription*, std::shared_ptr<Queue>> queues;
  for (const plugin::Subscription* subscription : table->all(plugin::Mode::background)) {
    auto known = before.extract(full_name(*subscription));
    const bool goes_on = !known.empty() && known.mapped()->order() == subscription->order;
    auto queue = goes_on ? known.mapped() : std::make_shared<Queue>(*this, *subscription);
    queue->serve(table, *subscription);
    // One whose order is another now is emptied in the old one.
    if (!known.empty() && !goes_on) {
      known.mapped()->serve(table, *subscription);
      replaced_.push_back(std::move(known.mapped()));
    }
    queues.emplace(subscription, std::move(queue));
  }
  for (const auto& [name, queue] : before) queue->end();
  queues_.swap(queues);
  table_ = table;
}

base::Result<void> Background::check_room(const model::Event& event) {
  const std::lock_guard lock(mutex_);
  for (const plugin::Subscription* subscription : table_->matches(event.type).background) {
    if (queues_.at(subscription)->has_room(event)) continue;
    return base::Error{base::Code::unavailable, "publish: the queue of the background subscription " + full_name(*subscription) +
                                                    " is full (" + std::to_string(limits_.most_waiting) + " events or " +
                                                    std::to_string(limits_.most_bytes >> 20u) + " MiB)"};
  }
  return base::ok();
}

void Background::push(const SharedEvent& event) {
  const std::lock_guard lock(mutex_);
  for (const plugin::Subscription* subscription : table_->matches(event->type).background) queues_.at(subscription)->push(event);
}

std::vector<std::shared_ptr<Background::Queue>> Background::take_ended() {
  const std::lock_guard lock(mutex_);
  const auto first = std::partition(replaced_.begin(), replaced_.end(), [](const auto& queue) { return !queue->is_empty(); });
  std::vector<std::shared_ptr<Queue>> ended(std::make_move_iterator(first), std::make_move_iterator(replaced_.end()));
  replaced_.erase(first, replaced_.end());
  return ended;
}

void Background::tick() {
  for (const auto& queue : queues()) queue->tick();
  // With a queue a plugin may end, which may take its time: not on the watchdog's thread.
  if (auto ended = take_ended(); !ended.empty())
    base::start(
        [](base::WorkerPool& pool, std::vector<std::shared_ptr<Queue>> queues) -> base::Task<bool> {
          co_await base::on(pool);
          queues.clear();
          co_return true;
        }(pool_, std::move(ended)),
        [](bool) {});
}

std::vector<QueueFigures> Background::figures() const {
  const std::lock_guard lock(mutex_);
  std::vector<QueueFigures> all;
  all.reserve(queues_.size());
  for (const auto& [subscription, queue] : queues_) all.push_back(queue->figures());
  return all;
}

std::vector<std::shared_ptr<Background::Queue>> Background::queues() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Queue>> all(replaced_);
  all.reserve(all.size() + queues_.size());
  for (const auto& [subscription, queue] : queues_) all.push_back(queue);
  return all;
}

void Background::wait_until_idle(steady_clock::time_point deadline) {
  for (const auto& queue : queues()) queue->wait_until_idle(deadline);
}

Drained Background::close(steady_clock::time_point deadline) {
  Drained drained;
  for (const auto& queue : queues()) queue->close(deadline, drained);
  return drained;
}

}  // namespace backplane::events
