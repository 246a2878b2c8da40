// The durable subscriptions of a host: a consumer each, and what people do with them.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "events/consumer.hpp"
#include "events/table.hpp"
#include "store/store.hpp"

namespace backplane::events {

class Durable {
 public:
  // `log` may be null: there is none, and no durable subscription.
  Durable(DurableLimits limits, store::Store* log, const base::Clock& clock, base::WorkerPool& pool);

  // The subscriptions in force: those that were there go on, the others begin at their cursors, new ones at the end of the log, or at its
  // beginning where they ask for that. Those that are no longer there keep their cursors. storage: a cursor cannot be read, and nothing
  // has changed.
  base::Result<void> set_table(const std::shared_ptr<const Table>& table);

  // Attempts and delays from now on.
  void set_retries(const DurableLimits& limits);

  // The log has grown. Cheap; any thread.
  void wake();

  // At intervals: what is due, what is to be written down.
  void tick();

  std::vector<ConsumerFigures> figures() const;

  // not_found, with the names that there are.
  base::Result<void> set_paused(const std::string& subscription, bool paused);

  // Gives the subscription everything after `after` anew, as a new generation of its cursor. unsupported: it does not take replays.
  base::Result<void> replay(const std::string& subscription, std::uint64_t after);

  // Forgets a subscription that no plugin has any longer, with its cursor and its dead letters. not_found; conflict: one has it.
  base::Result<void> forget(const std::string& subscription);

  // Dead letters: see store::Deliveries. Redriven: tried again now, with no attempts behind it. All of them: those that were dead when
  // it was asked for; the number of them.
  base::Result<std::vector<store::DeadLetter>> dead_letters(const store::DeadLetterQuery& query) const;
  base::Result<store::DeadLetter> dead_letter(std::uint64_t id) const;
  base::Result<store::DeadLetter> redrive(std::uint64_t id);
  base::Result<std::uint64_t> redrive_all(const store::DeadLetterQuery& query);
  base::Result<void> discard(std::uint64_t id);
  base::Result<std::uint64_t> discard_all(const store::DeadLetterQuery& query);

  // Of one plugin, before another generation takes its place: begin nothing more, wait for what is under way, and write down how far they
  // are. False: the deadline came first. And go on all the same.
  bool stop(const plugin::Instance& instance, std::chrono::steady_clock::time_point deadline);
  void resume(const plugin::Instance& instance);

  // Begins nothing more, and waits for what is under way. Returns how many subscriptions were not done by the deadline.
  std::size_t stop(std::chrono::steady_clock::time_point deadline);

 private:
  using Consumers = std::map<std::string, std::shared_ptr<Consumer>>;
  Consumers consumers() const;
  Consumers consumers_of(const plugin::Instance& instance) const;
  base::Result<store::Store*> log() const;
  base::Result<std::uint64_t> each_dead_letter(store::DeadLetterQuery query, const std::function<base::Result<void>(std::uint64_t id)>& visit);
  base::Result<std::shared_ptr<Consumer>> find(const std::string& subscription) const;
  base::Result<std::shared_ptr<Consumer>> open(const plugin::Subscription& subscription) const;
  base::Result<std::shared_ptr<Consumer>> open(const plugin::Subscription& subscription, const store::Cursor& cursor) const;

  DurableLimits limits_;      // with opening_
  store::Store* const log_;
  const base::Clock& clock_;
  base::WorkerPool& pool_;
  mutable std::atomic_flag trial_;
  std::mutex opening_;        // of set_table, replay and stop, one after another
  std::shared_ptr<const Table> table_;
  mutable std::mutex mutex_;  // of the map
  Consumers consumers_;
};

}  // namespace backplane::events
