// Calls sync subscribers of an event on this thread's own stack, without a coroutine, as long as nothing has to be
// waited for. That is the way of nearly every event: it costs little more than the calls themselves.
//
// If a deadline passes first the watchdog takes the run over, as it does a HandlerRun: then something else goes on in
// its place, and this thread, whenever it comes back, waits for the end of that.
#pragma once

#include <future>
#include <memory>
#include <span>

#include "plugin/call_slot.hpp"
#include "plugin/event_context.hpp"
#include "plugin/handler_run.hpp"
#include "plugin/interruptible.hpp"
#include "plugin/lineup.hpp"

namespace backplane::plugin {

class SyncRun : public Interruptible {
 public:
  // Calls the first of `calls`, which is a row or the beginning of one, and then the others as long as each went well
  // and their plugins have not been failing. The breaker of the first allows it.
  SyncRun(std::span<const Lineup::Call> calls, std::shared_ptr<EventContext>& context)
      : calls_(calls), context_(context) {}
  SyncRun(const SyncRun&) = delete;
  SyncRun& operator=(const SyncRun&) = delete;

  // False: it was taken over, and what went on in its place has come to its end.
  bool run(CallSlot& slot);

  std::size_t called() const { return called_; }

  // Whether the last one called went well, as those before it did, and its plugin had not been failing.
  bool is_clean() const { return is_clean_; }

  // Where that is not so: what became of the last one, for conclude().
  Returned returned();

  std::shared_ptr<const void> take_over(std::uint64_t number, Whereabouts whereabouts) final;
  std::coroutine_handle<> continuation() final { return nullptr; }

 protected:
  ~SyncRun() = default;

  // Begins what goes on in place of this run, and comes back at once: `returned` is of the handler that was given up,
  // the last one called, `context` what to go on with. `ended` is fulfilled when that has come to its end. On the
  // watchdog's thread.
  virtual void go_on(Returned returned, std::shared_ptr<EventContext> context, std::promise<void> ended) = 0;

  // What keeps the plugins from being replaced until that has come to its end, and in memory for a handler that comes back late.
  virtual std::shared_ptr<const Stay> stay() = 0;

 private:
  bool was_taken(CallSlot::Visit& visit, std::uint64_t last_announced);

  const std::span<const Lineup::Call> calls_;
  std::shared_ptr<EventContext>& context_;
  std::uint64_t first_number_ = 0;
  std::size_t called_ = 0;
  bool is_clean_ = true;
  std::int32_t status_ = BP_OK;
  std::optional<std::string> thrown_;
  std::future<void> ended_;
};

}  // namespace backplane::plugin
