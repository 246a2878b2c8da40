// One durable subscription at work: reads the event log from its cursor on, calls the handler in order within a key, tries again what
// failed, gives up what cannot be handled, and writes down how far it is.
//
//   read       events that match, a bounded number of them in memory
//   called     in order within a key; what needed an attempt before, or may have ended the host, is written down before the call
//   waiting    failed: comes again later; events of its key that come after it are parked, in the store
//   dead       given up, for people to see to
//
// At least once: an event is done with when its handler has returned well; what was not written down by then is repeated.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "events/key_queue.hpp"
#include "events/progress.hpp"
#include "events/table.hpp"
#include "plugin/call.hpp"
#include "store/store.hpp"

namespace backplane::events {

struct DurableLimits {
  std::size_t most_busy = 4;          // handlers of one subscription at a time
  std::size_t most_read = 256;        // events of one subscription in memory
  std::size_t most_put_off = 100'000; // that wait or are parked: the log is read no further until they are fewer
  std::uint32_t most_attempts = 12;   // unless the subscription has its own
  std::uint32_t most_kills = 3;       // attempts that ended the host
  std::chrono::microseconds first_delay = std::chrono::seconds(1);  // doubled at each attempt
  std::chrono::microseconds longest_delay = std::chrono::hours(1);
  std::chrono::microseconds skipped_delay = std::chrono::seconds(1);  // when the plugin is quarantined
};

struct ConsumerFigures {
  std::string subscription;
  std::uint64_t floor = 0;      // everything up to here is done with, waiting, parked or dead
  std::uint64_t behind = 0;     // positions of the log beyond the floor
  std::uint64_t busy = 0;
  std::uint64_t waiting = 0;
  std::uint64_t parked = 0;
  std::uint64_t dead = 0;       // since the start
  std::uint64_t generation = 0;
  std::uint64_t replay_up_to = 0;
  bool paused = false;
};

class Consumer : public std::enable_shared_from_this<Consumer> {
 public:
  struct Surroundings {
    store::Store& store;
    const base::Clock& clock;
    base::WorkerPool& pool;
    std::atomic_flag& trial;  // set while a subscription calls what may have ended the last host: one of them at a time
  };

  // Takes up where the cursor is. storage: the store cannot be read.
  static base::Result<std::shared_ptr<Consumer>> open(const DurableLimits& limits, Surroundings around,
                                                      std::shared_ptr<const Table> table, const plugin::Subscription& subscription,
                                                      store::Cursor cursor);
  Consumer(const DurableLimits& limits, Surroundings around, std::shared_ptr<const Table> table,
           const plugin::Subscription& subscription, store::Cursor cursor);

  const plugin::Subscription& subscription() const { return subscription_; }

  // The log has grown. Cheap; any thread.
  void wake();

  // Time has passed: what is due comes again, and what is to be written down is. Called at intervals.
  void tick(base::UtcTime now);

  void set_paused(bool paused);

  // Attempts and delays from now on.
  void set_retries(const DurableLimits& limits);

  // A dead letter that is to be tried again now.
  void take_back(const store::Delivery& delivery);

  ConsumerFigures figures() const;

  // Begins nothing more; waits for those that are called and for what is to be written down. False: the deadline came first.
  bool stop(std::chrono::steady_clock::time_point deadline);

  // Goes on after stop().
  void resume();

 private:
  // What an event that is called, or waits to be called again, means for others of its key.
  enum class Holds {
    turn,     // it was taken from the queue, whose turn of the key it has
    key,      // it holds back the others until it is done with
    nothing,  // a dead letter that came back: the others went on without it
  };
  // Something that failed and waits for its time, or is due.
  struct Waiting {
    std::uint32_t attempts = 0;
    std::string key;
    Holds holds = Holds::nothing;
  };
  // Events of one lane of the queue behind one that is waiting, in the store.
  struct Parked {
    std::string key;         // of one of them
    std::deque<std::uint64_t> positions;
    std::size_t loaded = 0;  // of them, back in the queue
  };
  // What a worker is to do next.
  struct Job {
    SharedEvent event{};           // null: to be read, at `position`
    std::uint64_t position = 0;
    std::uint32_t attempts = 0;    // calls begun before
    std::string key;
    Holds holds = Holds::turn;
    bool written_before = false;   // the attempt is written down before the call
    std::optional<store::Delivery> known{};  // as it was written down before the start
    bool suspect = false;
    bool on_trial = false;         // a suspect, called
  };
  struct Verdict {
    enum class Kind { done, again, later, not_called, dead } kind;  // later, not_called: no attempt
    std::chrono::microseconds delay{};
    std::string error{};
  };

  static constexpr std::chrono::seconds after_storage_error{1};

  void start_workers(std::unique_lock<std::mutex>& lock);
  static base::Task<bool> work(std::shared_ptr<Consumer> self);
  void go_back(base::UtcTime now);

  // What was written down before the start: consumer_restore.cpp
  void restore(const std::vector<store::Delivery>& exceptions);
  void restore_one(store::Delivery delivery);
  void give_up_killer(store::Delivery& delivery);
  void forget_missing();

  // What is to be done next: consumer_reading.cpp
  bool has_room() const;
  bool has_work() const;
  std::optional<Job> next();
  std::optional<Job> take();
  std::optional<Job> take_due();
  void read(std::unique_lock<std::mutex>& lock);
  void add(SharedEvent event);

  // A call: consumer_calls.cpp
  base::Task<bool> perform(Job job);
  std::optional<Verdict> prepare(Job& job);
  base::Task<base::Result<void>> write_attempt(const Job& job);
  base::Task<Verdict> call(const Job& job);

  // What becomes of an event then: consumer_outcomes.cpp
  Verdict verdict_of(const plugin::Ran& ran, const plugin::EventContext& context) const;
  void settle(const Job& job, Verdict verdict);
  void wait_again(const Job& job, std::uint32_t attempts, const Verdict& verdict);
  void go_on(const Job& job, std::unique_lock<std::mutex>& lock);
  bool load_parked(const std::string& key, std::unique_lock<std::mutex>& lock);
  void advance();
  std::chrono::microseconds delay_after(std::uint32_t attempts) const;
  std::uint32_t most_attempts() const;

  const DurableLimits limits_;            // but for attempts and delays:
  base::Guarded<DurableLimits> retries_;
  const Surroundings around_;
  const std::shared_ptr<const Table> table_;
  const plugin::Subscription& subscription_;
  const store::Cursor cursor_;  // as it was opened
  const std::shared_ptr<PendingProgress> progress_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  KeyQueue queue_;
  std::set<std::uint64_t> open_;                      // read and neither done with nor written down
  std::set<std::uint64_t> rows_;                      // in the queue or being called, and written down as exceptions
  std::map<std::uint64_t, Waiting> waiting_;
  std::multimap<base::UtcTime, std::uint64_t> times_; // of those that wait
  std::deque<std::uint64_t> due_;
  std::map<std::string, Parked> parked_;              // by lane
  std::size_t parked_count_ = 0;                      // positions of all of them
  std::map<std::uint64_t, store::Delivery> known_;    // written down before the start beyond the floor: they are read again
  std::uint64_t read_to_ = 0;
  std::uint64_t careful_to_ = 0;  // an event up to here, one of the first so many, may be what ended the last host
  std::size_t careful_ = 0;
  std::set<std::uint64_t> suspects_;  // the last host ended while they were called
  std::size_t workers_ = 0;
  std::size_t busy_ = 0;
  bool reading_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  base::UtcTime hold_until_;  // nothing is begun before: the store failed, or the plugin is quarantined
  base::UtcTime last_tick_{};
  std::uint64_t dead_ = 0;
};

}  // namespace backplane::events
