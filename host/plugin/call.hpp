// Calls handlers for a coroutine, with all that belongs to it: the plugin's breaker, the turn of a serial plugin, the deadline of each
// handler and the budget of all, the watchdog, and the counting of what became of it.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "base/task.hpp"
#include "plugin/event_context.hpp"
#include "plugin/handler.hpp"
#include "plugin/handler_run.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {

// The way of a coroutine through handlers.
struct Passage {
  // Where it is resumed. Set to `pool` once a handler had to be given up: the thread behind the executor may be the one that does not
  // come back.
  base::Executor* executor;
  base::WorkerPool& pool;
  std::chrono::steady_clock::time_point until;  // the end of the budget
  std::vector<const Instance*> inside{};        // serial plugins whose turn this way has already
  std::string thread_of{};  // the source (see Instance::source) of the plugin whose own thread waits for this way; empty: no such thread
};

enum class Ended { went_on, rejected, faulted, timed_out, skipped };

struct Ending {
  Ended how = Ended::went_on;
  std::unique_ptr<base::Error> error{};  // of all but went_on
  bool given_up = false;                 // its thread is still inside
  bool held_up = false;                  // given up while it waited for a handler that it set off: not its own fault
};

// How far a run came: the last handler called is handlers[called - 1], and this is how it ended. Those before it went on.
struct Ran {
  std::size_t called = 0;
  Ending ending{};
};

// Calls the first of `handlers`, of which there is one at least, and the others as far as nothing has to be decided between them, and
// comes back on the executor of the passage. `context` is what to go on with. Only the last one called can have ended otherwise
// than by going on: rejected (an operation's hook), faulted (an undone draft), timed out, or skipped (quarantine, no turn, no time).
base::Task<Ran> call(Passage& passage, std::span<const Hook* const> handlers, std::shared_ptr<OperationContext>& context);

// The same for subscribers. One whose handler returned BP_OK, or said what is to become of the event
// (EventContext::verdict), went on.
base::Task<Ran> call(Passage& passage, std::span<const Subscription* const> handlers,
                     std::shared_ptr<EventContext>& context);

// For those who call in another way, see SyncRun. Counts and logs what became of a handler; false: it did not go on.
// Counts one that its plugin's quarantine, which is in the log, keeps from being called.
bool conclude(const Subscription& subscription, const EventContext& context, const Returned& returned);
void skip(const Subscription& subscription);

}  // namespace backplane::plugin
