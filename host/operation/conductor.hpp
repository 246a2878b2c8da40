// The conductor: every operation of the host, from its request to its answer. conduct() in conductor.cpp is the whole of an
// operation, top to bottom; the steps lie in prepare.hpp, stage.hpp and hooks/phase.hpp.
//
// Operations are coroutines. They run on the threads of the pool (those of a plugin's, on the thread that asks for them) and leave
// them while they wait for the store, so that many are under way at once and one commit serves many.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/guarded.hpp"
#include "events/bus.hpp"
#include "hooks/chain.hpp"
#include "manifest/settings.hpp"
#include "operation/request.hpp"
#include "operation/run.hpp"
#include "operation/types.hpp"
#include "plugin/operations.hpp"
#include "store/store.hpp"

namespace backplane::operation {

// What operations go by that begin now.
struct Setup {
  std::shared_ptr<const Rules> rules;
  std::shared_ptr<const hooks::Table> hooks;
};

// A request, and what goes with it beside what a caller can say.
struct Job {
  Request request;
  std::string plugin{};                           // the id of the one that asks
  std::vector<const plugin::Instance*> inside{};  // see plugin::Cause
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();  // the end of the time of the handler that asks
  std::optional<Loading> loading{};               // action load
  const std::function<base::Result<void>()>* dump_stage = nullptr;  // action dump: the operation stage
};

class Conductor final : public Operations, public plugin::PluginOperations {
 public:
  // What it is given outlives it.
  Conductor(const manifest::OperationSettings& settings, Types types, store::Store& store, events::Bus& bus,
            const base::Clock& clock, base::WorkerPool& pool);

  // What operations that begin from now on go by. Operations are taken once open() was called.
  void set_hooks(std::shared_ptr<const hooks::Table> table);
  void set_up(Setup setup);
  void open();

  // Takes no more operations from outside; handlers that still run may ask for theirs.
  void refuse_callers();

  // Takes no more operations from anybody once those under way are done, for which it waits at most so long. Returns how
  // many are not.
  std::size_t close(std::chrono::milliseconds grace);

  Setup setup() const;

  // Operations that wait for a thread of the pool to begin on, and callers that were turned away because too many did.
  std::size_t waiting() const { return waiting_; }
  std::uint64_t turned_away() const { return turned_away_; }

  // Operations of callers. See Operations. Where max_waiting operations wait for a thread, unavailable at once.
  void submit(Request request, Done done) override;

  // Operations of plugins: on the thread that asks. See plugin::PluginOperations.
  base::Result<plugin::PluginReply> operate(const std::string& plugin_id, const plugin::Cause& cause,
                                            plugin::PluginRequest request) override;
  base::Result<void> check_enlisted(const plugin::PluginRequest& request) override;

  // A resource to be loaded, as an operation of its own.
  void submit_load(Request request, Loading loading, Done done);

  // Fires the hooks of `dump` on a type around `stage`, which runs on this thread; its result decides.
  base::Result<void> run_dump(Request request, const std::function<base::Result<void>()>& stage);

 private:
  class UnderWay;
  class KeyUnderWay;

  void begin(Job job, Done done);
  base::Task<Outcome> run_on_pool(Job job);
  base::Task<Outcome> run(Job job, base::Executor& executor);
  base::Task<base::Result<Run>> begin_run(const Job& job, plugin::OperationFacts facts, base::UtcTime time, base::Executor& executor);
  base::Task<Outcome> conduct(Run& run, const Job& job);
  base::Task<base::Result<void>> reach_commit(Run& run, const Job& job);
  base::Result<void> read_or_dump(Run& run, const Job& job);
  base::Result<std::optional<Answer>> replayed(const Request& request) const;
  Outcome get_directly(const Request& request, const Types& types) const;
  void begin_phase(Run& run, const Job& job) const;
  bool enter();
  void leave();

  store::Store& store_;
  events::Bus& bus_;
  const base::Clock& clock_;
  base::WorkerPool& pool_;
  base::Guarded<Setup> setup_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> turned_away_{0};

  mutable std::mutex mutex_;
  std::condition_variable all_done_;
  bool open_ = false;
  bool closed_ = false;
  std::size_t under_way_ = 0;
  std::set<std::tuple<std::string, std::string, std::string>> keys_under_way_;  // tenant, actor, idempotency key
};

}  // namespace backplane::operation
