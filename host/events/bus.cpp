#include "events/bus.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

#include "base/id.hpp"
#include "base/log.hpp"
#include "events/key_queue.hpp"
#include "events/sync_calls.hpp"
#include "plugin/call_slot.hpp"

namespace backplane::events {
namespace {

using base::Code;
using base::Error;
using plugin::Promise;
using plugin::Published;
using std::chrono::steady_clock;

// Those who publish in memory are noticed by the table alone that they hold: nobody tells when they let go of it.
constexpr auto between_looks = std::chrono::microseconds(50);

}  // namespace

Bus::Bus(BusLimits limits, store::Store* log, const base::Clock& clock, base::WorkerPool& pool)
    : limits_(limits),
      log_(log),
      clock_(clock),
      pool_(pool),
      background_(limits.background, log == nullptr ? nullptr : &log->events(), pool),
      durable_(limits.durable, log, clock, pool),
      table_(std::make_shared<const Table>(std::vector<std::shared_ptr<plugin::Instance>>())),
      current_(table_.get()) {}

base::Result<void> Bus::set_plugins(std::vector<std::shared_ptr<plugin::Instance>> plugins) {
  const auto table = std::make_shared<const Table>(std::move(plugins));
  BACKPLANE_CHECK(durable_.set_table(table));
  background_.set_table(table);
  replace_table(table);
  take_free_tables();  // and let go of them
  return base::ok();
}

void Bus::replace_table(std::shared_ptr<const Table> table) {
  const std::lock_guard lock(mutex_);
  table_.swap(table);
  current_ = table_.get();
  replaced_.push_back(std::move(table));
  has_replaced_ = true;
}

bool Bus::stop_durable(const plugin::Instance& instance, steady_clock::time_point deadline) {
  return durable_.stop(instance, deadline);
}

void Bus::resume_durable(const plugin::Instance& instance) { durable_.resume(instance); }

void Bus::send_by_gate(const plugin::Instance& closed) {
  replace_table(std::make_shared<const Table>(table()->plugins(), &closed));
}

bool Bus::wait_for_publishers(steady_clock::time_point deadline) {
  for (;;) {
    take_free_tables();  // and let go of them
    if (!has_replaced_) return true;
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(between_looks);
  }
}

// Of those that were replaced, as far as no publisher is on its way with them.
std::vector<std::shared_ptr<const Table>> Bus::take_free_tables() {
  const std::lock_guard lock(mutex_);
  const auto held = std::partition(replaced_.begin(), replaced_.end(),
                                   [](const auto& table) { return !plugin::is_held(table.get()); });
  std::vector<std::shared_ptr<const Table>> freed(std::make_move_iterator(replaced_.begin()),
                                                  std::make_move_iterator(held));
  replaced_.erase(replaced_.begin(), held);
  has_replaced_ = !replaced_.empty();
  return freed;
}

void Bus::tick() {
  durable_.tick();
  background_.tick();
  if (!has_replaced_) return;
  // The end of a plugin may take its time: not on the watchdog's thread.
  if (auto freed = take_free_tables(); !freed.empty())
    base::start(
        [](base::WorkerPool& pool, std::vector<std::shared_ptr<const Table>> tables) -> base::Task<bool> {
          co_await base::on(pool);
          tables.clear();
          co_return true;
        }(pool_, std::move(freed)),
        [](bool) {});
}

std::shared_ptr<const Table> Bus::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

void Bus::announce(std::string_view what, const plugin::Instance& instance) {
  model::Event event;
  event.type = "plugin." + std::string(what);
  event.time = clock_.now();
  event.id = event.correlation_id = base::new_uuid(event.time);
  event.actor = event.source = "host";
  event.key = instance.id();
  event.payload = model::Document::from(
      {{"plugin", instance.id()}, {"version", instance.metadata().version}, {"generation", instance.generation()}});
  std::vector<model::Event> one;
  one.push_back(std::move(event));
  submit(std::move(one), Promise::queued, [](const base::Result<std::vector<Published>>& published) {
    if (!published)
      base::log_warning("events", "what became of a plugin could not be published: " + published.error().message);
  });
}

void Bus::committed(const std::vector<SharedEvent>& events) {
  const auto table = this->table();
  bool durable = false;
  for (const SharedEvent& event : events) {
    const Matches& matches = table->matches(event->type);
    if (!matches.background.empty()) background_.push(event);
    durable |= matches.durable;
  }
  for (std::size_t i = 0; i < events.size(); ++i) published_.add();
  if (durable) durable_.wake();
  if (tails_begun_ != 0) wake_tails();
}

base::Result<store::Store*> Bus::log() const {
  if (log_ != nullptr) return log_;
  return Error{Code::unsupported, "events: wanted an event log, this host has none (events.log)"};
}

base::Result<std::shared_ptr<Tail>> Bus::follow(store::EventQuery query, Tail::Write write,
                                                std::function<void()> moved) {
  BACKPLANE_TRY(store::Store* const store, log());
  auto tail = std::make_shared<Tail>(store->events(), pool_, std::move(query), std::move(write), std::move(moved));
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(tails_, [](const std::weak_ptr<Tail>& one) { return one.expired(); });
    if (tails_.size() >= most_tails)
      return Error{Code::unavailable,
                   "events: wanted at most " + std::to_string(most_tails) + " that follow the log, found more"};
    tails_.push_back(tail);
  }
  ++tails_begun_;
  tail->wake();
  return tail;
}

void Bus::wake_tails() {
  std::vector<std::shared_ptr<Tail>> tails;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : tails_)
      if (auto tail = one.lock()) tails.push_back(std::move(tail));
  }
  for (const auto& tail : tails) tail->wake();
}

bool Bus::wait_until_not_held(const Table& table, steady_clock::time_point deadline) {
  while (plugin::is_held(&table)) {
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

Drained Bus::close(steady_clock::time_point deadline) {
  open_ = false;
  {
    std::unique_lock lock(mutex_);
    all_done_.wait_until(lock, deadline, [&] { return under_way_ == 0; });
  }
  const bool all_came_back = wait_until_not_held(*table(), deadline);
  background_.wait_until_idle(deadline);
  // What their handlers still wrote may have gone to background subscriptions.
  const std::size_t late = durable_.stop(deadline);
  Drained drained = background_.close(deadline);
  drained.busy += late + (all_came_back ? 0 : 1);
  return drained;
}

}  // namespace backplane::events
