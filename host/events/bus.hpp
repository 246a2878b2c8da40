// The bus: takes events from publishers into the log and hands them to their subscribers.
//
//   with the log     appended by group commit, then dispatched: what anybody acted on is in the log
//   memory promise   dispatched at once, in no log
//
// Dispatched means: into the queues of background subscriptions in the order of the log, to the sync ones on the publisher's way, one
// after another in the order registered, each isolated. Durable subscriptions read the log for themselves.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/tally.hpp"
#include "base/task.hpp"
#include "events/background.hpp"
#include "events/durable.hpp"
#include "events/table.hpp"
#include "events/tail.hpp"
#include "plugin/call.hpp"
#include "plugin/events.hpp"
#include "store/store.hpp"

namespace backplane::events {

struct BusLimits {
  QueueLimits background{};
  DurableLimits durable{};
  base::JsonLimits payload{};
  std::size_t max_depth = 16;
};

class Bus final : public plugin::PluginEvents {
 public:
  // `log` may be null: this host keeps no event log.
  Bus(BusLimits limits, store::Store* log, const base::Clock& clock, base::WorkerPool& pool);

  // The plugins whose subscriptions are served from now on, in their order. What waits for a background subscription waits for the one
  // of that name. storage: how far a durable one is cannot be read, and nothing has changed.
  base::Result<void> set_plugins(std::vector<std::shared_ptr<plugin::Instance>> plugins);

  // Before another generation, or none, takes the place of one of the plugins. First its durable subscriptions, which come to a stop or
  // go on; then, with its gate closed, those who publish in memory are sent by way of that gate, and those waited for who
  // are on their way already. False: the deadline came first, a handler has not come back.
  bool stop_durable(const plugin::Instance& instance, std::chrono::steady_clock::time_point deadline);
  void resume_durable(const plugin::Instance& instance);
  void send_by_gate(const plugin::Instance& closed);
  bool wait_for_publishers(std::chrono::steady_clock::time_point deadline);

  // Attempts and delays of durable subscriptions, from now on.
  void set_retries(const DurableLimits& limits) { durable_.set_retries(limits); }

  // At intervals, by the watchdog: retries that are due, progress to be written down, tables that nobody is on his way
  // with any more.
  void tick();

  // Publishes a complete event and comes back on the executor of the passage when its sync subscribers have been called and the
  // promise holds. unavailable: a queue is full, or the host is stopping; depth_exceeded; storage: nobody was called.
  base::Task<base::Result<plugin::Published>> publish(plugin::Passage& passage, model::Event event, plugin::Promise promise);

  // Publishes what a caller from outside sent: all of it or, where an error is answered, nothing. `done` is called once, on this thread
  // or another; it must not block. The answers are in the order of the events. Errors beside those above: unavailable, too much
  // is under way; unsupported, the promise is durable and there is no log. Without a log the promise is memory.
  using Done = std::function<void(base::Result<std::vector<plugin::Published>>)>;
  void submit(std::vector<model::Event> events, plugin::Promise promise, Done done);

  // What an operation's unit of work appended: `committed` on the store's thread in the order of commits, `call_sync` on the
  // operation's way after it.
  void committed(const std::vector<SharedEvent>& events);
  base::Task<bool> call_sync(plugin::Passage& passage, SharedEvent event);

  // Follows the log, see Tail. unsupported: there is none; unavailable: too many follow it.
  static constexpr std::size_t most_tails = 64;
  base::Result<std::shared_ptr<Tail>> follow(store::EventQuery query, Tail::Write write, std::function<void()> moved);

  // The log; unsupported: there is none.
  base::Result<store::Store*> log() const;

  // Whether an operation has to come back for this type after its commit.
  bool has_sync_subscribers(std::string_view type) const { return !table()->matches(type).sync.empty(); }

  // ---- for plugins: on the thread that calls, until all is done ----
  base::Result<plugin::Published> publish(const plugin::Cause& cause, std::shared_ptr<model::Event>& event,
                                          plugin::Promise promise) override;
  void announce(std::string_view what, const plugin::Instance& instance) override;
  bool has_log() const override { return log_ != nullptr; }
  base::UtcTime now() const override { return clock_.now(); }
  base::JsonLimits payload_limits() const override { return limits_.payload; }

  // The subscriptions in force, as they are called for.
  std::shared_ptr<const Table> table() const;

  const Background& background() const { return background_; }
  const Durable& durable() const { return durable_; }
  Durable& durable() { return durable_; }
  std::uint64_t published() const { return published_.load(); }

  // From here on nothing is published. Waits for what was, until the deadline; durable subscriptions end where they are, and background
  // ones are given nothing any more. Called once more when the last operation has ended, it tells of what these brought as well.
  Drained close(std::chrono::steady_clock::time_point deadline);

 private:
  class Append;
  base::Result<plugin::Published> publish_in_memory(const plugin::Cause& cause, std::shared_ptr<model::Event>& event);
  std::vector<std::shared_ptr<const Table>> take_free_tables();
  base::Task<base::Result<std::vector<plugin::Published>>> publish_all(plugin::Passage& passage,
                                                                       std::vector<model::Event> events,
                                                                       plugin::Promise promise);
  base::Task<bool> hand_out(plugin::Passage& passage, SharedEvent event);
  base::Result<plugin::Published> publish_here(const plugin::Cause& cause, std::shared_ptr<model::Event>& event, plugin::Promise promise);
  void replace_table(std::shared_ptr<const Table> table);
  bool enter(std::size_t bytes);
  void begin(std::size_t bytes);
  void leave(std::size_t bytes);
  void wake_tails();
  static bool wait_until_not_held(const Table& table, std::chrono::steady_clock::time_point deadline);
  base::Result<void> check(const model::Event& event) const;

  const BusLimits limits_;
  store::Store* const log_;
  const base::Clock& clock_;
  base::WorkerPool& pool_;
  Background background_;
  Durable durable_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  std::atomic<const Table*> current_;                   // the same, for those who hold it by their slot
  std::vector<std::shared_ptr<const Table>> replaced_;  // which publishers may still be on their way with
  std::atomic<bool> has_replaced_{false};
  std::atomic<bool> open_{true};
  base::Tally published_;
  std::size_t under_way_ = 0;        // publications
  std::size_t bytes_under_way_ = 0;  // of them
  std::condition_variable all_done_;
  std::atomic<std::size_t> tails_begun_{0};  // 0: nobody ever followed
  std::vector<std::weak_ptr<Tail>> tails_;
};

}  // namespace backplane::events
