// What an operation, or the delivery of an event, has of the plugins that it calls: as long as it stays they are
// neither stopped nor replaced, so that it sees one generation of each from its first handler to its last.
//
// It also keeps them in memory, for a handler that is given up and comes back when all that it was called for has
// ended.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "base/executor.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace backplane::plugin {

class Instance;

// The plugins of a chain, or of an event's subscribers, each once.
using Company = std::vector<Instance*>;

enum class Entering { done, again };  // again: one of them was at its end, look for its successor

class Stay {
 public:
  explicit Stay(std::shared_ptr<const void> pinned) : pinned_(std::move(pinned)) {}
  ~Stay() { end(); }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;

  // Enters all of them at once, or none: then one that is closed is returned. Costs little.
  Instance* try_enter(const Company& company) { return try_enter(company, Insisting::no); }

  // The same, and waits for the one that is closed; comes back on the executor. Whoever is set off by a handler (see
  // inside_handler) is let in all the same where somebody inside may be waiting for it. unavailable: the time is up.
  base::Task<base::Result<Entering>> enter(const Company& company, base::Executor& executor,
                                           std::chrono::steady_clock::time_point until);

  // For one whose callers keep all of them from being stopped.
  void enter_held(const Company& company);

  // Leaves them. Once it has ended it holds none.
  void end();

  bool holds(const Instance& instance) const;

 private:
  enum class Insisting { no, yes };
  Instance* try_enter(const Company& company, Insisting insisting);

  const std::shared_ptr<const void> pinned_;
  Company inside_;
  std::atomic<bool> ended_{false};
};

}  // namespace backplane::plugin
