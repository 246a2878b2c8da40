// Background subscriptions: a bounded queue each, emptied by the host's worker threads, in order within a key. What finds a queue full
// is left in the event log and read back from there, or, where it is in no log, refused to its publisher: never dropped in silence. While a plugin is quarantined its events wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "base/result.hpp"
#include "events/key_queue.hpp"
#include "events/table.hpp"
#include "store/event_log.hpp"

namespace backplane::events {

// What a subscription's queue was seen to do. Any thread.
struct QueueFigures {
  std::string subscription;
  std::uint64_t refused = 0;    // events not published because this queue was full
  std::uint64_t waiting = 0;    // in memory
  bool spilled = false;         // more wait in the log
};

// What a shutdown made of the subscriptions.
struct Drained {
  std::uint64_t waiting = 0;    // in memory only: lost, and said so
  std::uint64_t in_log = 0;     // subscriptions with more in the log, to which a background one does not come back
  std::size_t busy = 0;         // subscriptions whose handlers did not come back in time: nothing may be taken from them
};

struct QueueLimits {
  std::size_t most_waiting = 10'000;
  std::size_t most_bytes = 64 << 20;
  std::size_t most_busy = 4;  // handlers of one subscription at a time
  std::chrono::microseconds pause = std::chrono::seconds(1);  // when the plugin is quarantined, or the log cannot be read
};

class Background {
 public:
  // `log` may be null: there is none.
  Background(QueueLimits limits, store::EventLog* log, base::WorkerPool& pool);
  ~Background();

  // The subscriptions in force from now on. What waits goes to the one of the same name; of one that is gone it is counted and logged.
  void set_table(const std::shared_ptr<const Table>& table);

  // Whether an event that is in no log has room in the queues of all that it reaches; counts it as refused where not. unavailable,
  // with the subscription's name.
  base::Result<void> check_room(const model::Event& event);

  // Hands an event to the queues of those that it reaches, in the order of calls. Cheap; any thread; events of the log in the order of
  // their positions.
  void push(const SharedEvent& event);

  // At intervals: what could not be called, or not be read from the log, is tried again.
  void tick();

  std::vector<QueueFigures> figures() const;

  // Waits until all queues are empty, but for those of plugins in quarantine, and nobody is busy, until the deadline.
  void wait_until_idle(std::chrono::steady_clock::time_point deadline);

  // The same, and then nothing is delivered any more. Tells of what is left.
  Drained close(std::chrono::steady_clock::time_point deadline);

 private:
  class Queue;
  std::vector<std::shared_ptr<Queue>> queues() const;
  std::vector<std::shared_ptr<Queue>> take_ended();

  const QueueLimits limits_;
  store::EventLog* const log_;
  base::WorkerPool& pool_;
  mutable std::mutex mutex_;  // of the table and the map; a queue has its own
  std::shared_ptr<const Table> table_;
  std::map<const plugin::Subscription*, std::shared_ptr<Queue>> queues_;
  std::vector<std::shared_ptr<Queue>> replaced_;  // of other tables, not empty yet
};

}  // namespace backplane::events
