// The durable subscriptions of a host: a consumer each, and what people do with them.
#pragma once

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

  // The subscriptions in force: each goes on from its cursor, a new one from the end of the log, or from its beginning where it asks
  // for that. Those that are no longer there keep their cursors. storage: a cursor cannot be read.
  base::Result<void> set_table(const std::shared_ptr<const Table>& table);

  // The log has grown. Cheap; any thread.
  void wake();

  // At intervals: what is due, what is to be written down.
  void tick();

  std::vector<ConsumerFigures> figures() const;

  // not_found, with the names that there are.
  base::Result<void> set_paused(const std::string& subscription, bool paused);

  // Gives the subscription everything after `after` anew, as a new generation of its cursor. unsupported: it does not take replays.
  base::Result<void> replay(const std::string& subscription, std::uint64_t after);

  // Tries a dead letter again, now. not_found.
  base::Result<store::DeadLetter> redrive(std::uint64_t id);

  // Begins nothing more, and waits for what is under way. Returns how many subscriptions were not done by the deadline.
  std::size_t stop(std::chrono::steady_clock::time_point deadline);

 private:
  using Consumers = std::map<std::string, std::shared_ptr<Consumer>>;
  Consumers consumers() const;
  base::Result<std::shared_ptr<Consumer>> find(const std::string& subscription) const;
  base::Result<std::shared_ptr<Consumer>> open(const plugin::Subscription& subscription, const store::Cursor& cursor) const;

  const DurableLimits limits_;
  store::Store* const log_;
  const base::Clock& clock_;
  base::WorkerPool& pool_;
  std::mutex opening_;        // of set_table, replay and stop, one after another
  std::shared_ptr<const Table> table_;
  mutable std::mutex mutex_;  // of the map
  Consumers consumers_;
};

}  // namespace backplane::events
