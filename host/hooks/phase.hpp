// Runs the handlers of one phase, one after another, within the deadline of each and the budget of all.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "hooks/chain.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::hooks {

// How long one handler took, and what it did to the document ({} when nothing).
struct HandlerReport {
  const plugin::Hook* hook;
  model::Phase phase;
  std::chrono::nanoseconds took;
  std::string changes;
  std::uint32_t enlisted = 0;
};

// One operation's way through its handlers.
struct Passage {
  // Where the operation is resumed. Set to `pool` once a handler had to be given up: the thread behind the executor may be the
  // one that does not come back.
  base::Executor* executor;
  base::Executor& pool;
  std::shared_ptr<plugin::OperationContext> context;
  std::chrono::steady_clock::time_point until;   // the end of the budget of the phase that runs
  std::vector<const plugin::Instance*> inside{}; // serial plugins that the callers of this operation are in
  bool measure_time = false;
  bool compare_documents = false;
  std::vector<HandlerReport> reports{};          // when one of the two is asked for

  bool reports_wanted() const { return measure_time || compare_documents; }
};

// The `before` handlers. The first rejection or (unless the plugin's on_fault is `ignore`) fault ends it: rejected,
// plugin_fault, timeout or unavailable (quarantine), with the plugin's id.
base::Task<base::Result<void>> decide(Passage& passage, const Handlers& handlers);

// The handlers of another phase: all of them, whatever they do. Faults are logged and counted.
base::Task<bool> observe(Passage& passage, const Handlers& handlers, model::Phase phase);

}  // namespace backplane::hooks
