#include "events/durable.hpp"

#include <utility>

namespace backplane::events {

using base::Code;
using base::Error;
using std::chrono::steady_clock;

namespace {

// How long a replay waits for the handlers that are called.
constexpr auto replay_patience = std::chrono::seconds(5);

}  // namespace

Durable::Durable(DurableLimits limits, store::Store* log, const base::Clock& clock, base::WorkerPool& pool)
    : limits_(limits), log_(log), clock_(clock), pool_(pool) {}

base::Result<std::shared_ptr<Consumer>> Durable::open(const plugin::Subscription& subscription, const store::Cursor& cursor) const {
  return Consumer::open(limits_, {*log_, clock_, pool_, trial_}, table_, subscription, cursor);
}

base::Result<void> Durable::set_table(const std::shared_ptr<const Table>& table) {
  Consumers opened;
  const std::lock_guard opening(opening_);
  const Consumers before = consumers();
  const auto former = std::exchange(table_, table);
  for (const plugin::Subscription* subscription : table->all(plugin::Mode::durable)) {
    const std::string name = full_name(*subscription);
    if (const auto known = before.find(name); known != before.end() && &known->second->subscription() == subscription) {
      opened.emplace(name, known->second);
      continue;
    }
    auto consumer = open(*subscription);
    if (!consumer) {
      table_ = former;
      return std::move(consumer).error();
    }
    opened.emplace(name, std::move(*consumer));
  }
  {
    const std::lock_guard lock(mutex_);
    consumers_.swap(opened);
  }
  wake();
  return base::ok();
}

// From where it was, or as it asks.
base::Result<std::shared_ptr<Consumer>> Durable::open(const plugin::Subscription& subscription) const {
  const std::uint64_t floor = subscription.from == plugin::From::beginning ? 0 : log_->events().last_position();
  BACKPLANE_TRY(const auto cursor, log_->deliveries().open_cursor(full_name(subscription), floor, clock_.now()));
  return open(subscription, cursor);
}

Durable::Consumers Durable::consumers_of(const plugin::Instance& instance) const {
  Consumers all = consumers();
  std::erase_if(all, [&](const auto& entry) { return entry.second->subscription().instance != &instance; });
  return all;
}

void Durable::set_retries(const DurableLimits& limits) {
  const std::lock_guard opening(opening_);
  limits_.most_attempts = limits.most_attempts;
  limits_.first_delay = limits.first_delay;
  limits_.longest_delay = limits.longest_delay;
  for (const auto& [name, consumer] : consumers()) consumer->set_retries(limits_);
}

bool Durable::stop(const plugin::Instance& instance, steady_clock::time_point deadline) {
  const std::lock_guard opening(opening_);
  bool all_stopped = true;
  for (const auto& [name, consumer] : consumers_of(instance)) all_stopped &= consumer->stop(deadline);
  return all_stopped;
}

void Durable::resume(const plugin::Instance& instance) {
  for (const auto& [name, consumer] : consumers_of(instance)) consumer->resume();
}

Durable::Consumers Durable::consumers() const {
  const std::lock_guard lock(mutex_);
  return consumers_;
}

void Durable::wake() {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, consumer] : consumers_) consumer->wake();
}

void Durable::tick() {
  const auto now = clock_.now();
  for (const auto& [name, consumer] : consumers()) consumer->tick(now);
}

std::vector<ConsumerFigures> Durable::figures() const {
  std::vector<ConsumerFigures> all;
  for (const auto& [name, consumer] : consumers()) all.push_back(consumer->figures());
  return all;
}

base::Result<std::shared_ptr<Consumer>> Durable::find(const std::string& subscription) const {
  const Consumers all = consumers();
  if (const auto found = all.find(subscription); found != all.end()) return found->second;
  std::string names;
  for (const auto& [name, consumer] : all) names.append(names.empty() ? "" : ", ").append(name);
  return Error{Code::not_found, "wanted a durable subscription (" + (names.empty() ? "there is none" : names) + "), found '" + subscription + "'"};
}

base::Result<void> Durable::set_paused(const std::string& subscription, bool paused) {
  BACKPLANE_TRY(const auto consumer, find(subscription));
  BACKPLANE_TRY([[maybe_unused]] const auto cursor, log_->deliveries().pause(subscription, paused, clock_.now()));
  consumer->set_paused(paused);
  return base::ok();
}

base::Result<void> Durable::replay(const std::string& subscription, std::uint64_t after) {
  const std::lock_guard opening(opening_);
  BACKPLANE_TRY(const auto consumer, find(subscription));
  if (consumer->subscription().replays == plugin::Replays::skipped)
    return Error{Code::unsupported, "subscription " + subscription + " does not take replays (its plugin says so: they would repeat what it does)"};
  auto opened = [&]() -> base::Result<std::shared_ptr<Consumer>> {
    if (!consumer->stop(steady_clock::now() + replay_patience))
      return Error{Code::timeout, "subscription " + subscription + ": its handlers did not come back in time for a replay"};
    BACKPLANE_TRY(const auto cursor, log_->deliveries().rewind(subscription, after, log_->events().last_position(), clock_.now()));
    return open(consumer->subscription(), cursor);
  }();
  if (!opened) {
    consumer->resume();
    return std::move(opened).error();
  }
  const std::lock_guard lock(mutex_);
  consumers_[subscription] = *opened;
  (*opened)->wake();
  return base::ok();
}

base::Result<store::Store*> Durable::log() const {
  if (log_ != nullptr) return log_;
  return Error{Code::unsupported, "durable subscriptions: wanted an event log, this host has none (events.log)"};
}

base::Result<void> Durable::forget(const std::string& subscription) {
  BACKPLANE_TRY(store::Store* const log, this->log());
  if (consumers().contains(subscription))
    return Error{Code::conflict, "subscription " + subscription + ": wanted one that no plugin has any longer, found its plugin running"};
  return log->deliveries().drop_cursor(subscription);
}

base::Result<std::vector<store::DeadLetter>> Durable::dead_letters(const store::DeadLetterQuery& query) const {
  BACKPLANE_TRY(store::Store* const log, this->log());
  return log->deliveries().dead_letters(query);
}

base::Result<store::DeadLetter> Durable::dead_letter(std::uint64_t id) const {
  BACKPLANE_TRY(store::Store* const log, this->log());
  return log->deliveries().dead_letter(id);
}

base::Result<void> Durable::discard(std::uint64_t id) {
  BACKPLANE_TRY(store::Store* const log, this->log());
  return log->deliveries().discard(id);
}

// Somebody else may see to one of them meanwhile.
base::Result<std::uint64_t> Durable::each_dead_letter(store::DeadLetterQuery query,
                                                      const std::function<base::Result<void>(std::uint64_t id)>& visit) {
  std::uint64_t count = 0;
  for (;;) {
    BACKPLANE_TRY(const auto letters, dead_letters(query));
    for (const store::DeadLetter& letter : letters) {
      const auto done = visit(letter.id);
      if (!done && done.error().code != Code::not_found) return done.error();
      count += done ? 1 : 0;
      query.after = letter.id;
    }
    if (letters.size() < query.limit) return count;
  }
}

base::Result<std::uint64_t> Durable::redrive_all(const store::DeadLetterQuery& query) {
  return each_dead_letter(query, [&](std::uint64_t id) -> base::Result<void> {
    BACKPLANE_TRY([[maybe_unused]] const auto letter, redrive(id));
    return base::ok();
  });
}

base::Result<std::uint64_t> Durable::discard_all(const store::DeadLetterQuery& query) {
  return each_dead_letter(query, [&](std::uint64_t id) { return discard(id); });
}

base::Result<store::DeadLetter> Durable::redrive(std::uint64_t id) {
  BACKPLANE_TRY(store::Store* const log, this->log());
  BACKPLANE_TRY(store::DeadLetter letter, log->deliveries().redrive(id, clock_.now()));
  const Consumers all = consumers();
  if (const auto found = all.find(letter.subscription); found != all.end()) {
    found->second->take_back(letter.delivery);
    found->second->tick(clock_.now());
  }
  return letter;
}

std::size_t Durable::stop(steady_clock::time_point deadline) {
  const std::lock_guard opening(opening_);
  Consumers all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(consumers_);
  }
  std::size_t late = 0;
  for (const auto& [name, consumer] : all) late += consumer->stop(deadline) ? 0 : 1;
  table_.reset();
  return late;
}

}  // namespace backplane::events
