// Runs the handlers of one phase, one after another, within the deadline of each and the budget of all.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "hooks/chain.hpp"
#include "plugin/call.hpp"

namespace backplane::hooks {

// How long one handler took, and what it did to the document ({} when nothing).
struct HandlerReport {
  const plugin::Hook* hook;
  model::Phase phase;
  std::chrono::nanoseconds took;
  std::string changes;
  std::uint32_t enlisted = 0;  // writes and events
};

// One operation's way through its handlers. The budget is that of the phase that runs.
struct Passage : plugin::Passage {
  std::shared_ptr<plugin::OperationContext> context{};
  bool measure_time = false;
  bool compare_documents = false;
  std::vector<HandlerReport> reports{};  // when one of the two is asked for

  bool reports_wanted() const { return measure_time || compare_documents; }
};

// The `before` handlers. The first rejection or (unless the plugin's on_fault is `ignore`) fault ends it: rejected,
// plugin_fault, timeout or unavailable (quarantine), with the plugin's id.
base::Task<base::Result<void>> decide(Passage& passage, const Handlers& handlers);

// The handlers of another phase: all of them, whatever they do. Faults are logged and counted.
base::Task<bool> observe(Passage& passage, const Handlers& handlers, model::Phase phase);

}  // namespace backplane::hooks
