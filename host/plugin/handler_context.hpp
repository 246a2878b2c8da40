// What stands behind a handler's call, whether it is for an operation or for an event: its time, the texts of the errors lent to
// it, and what its own requests to the host inherit.
//
// A handler that overstays its deadline keeps the context it was given; whoever called it goes on with a copy (see abandon), so
// that nothing a late handler does can reach it. Therefore what handlers write lies under a mutex, with a flag that says whether
// they may.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "plugin/operations.hpp"
#include "plugin/stay.hpp"

namespace backplane::plugin {

class HandlerContext {
 public:
  using Clock = std::chrono::steady_clock;

  HandlerContext() = default;
  HandlerContext(const HandlerContext&) = delete;
  HandlerContext& operator=(const HandlerContext&) = delete;
  virtual ~HandlerContext() = default;

  // ---- the host's side; no handler is running ----

  // Before each call of a handler: `allowed` is what it may take, from `began`.
  void begin_handler(std::chrono::microseconds allowed, Clock::time_point began) {
    allowed_ = allowed;
    began_ = began;
    if (touched_) [[unlikely]]
      forget_handler();
  }
  // The next handler of a row begins, with as much time as the one before.
  void begin_next(Clock::time_point began) { began_ = began; }
  std::chrono::microseconds allowed() const { return allowed_; }

  // Whether the handler that has just run left anything here: a change, a verdict, the text of an error.
  bool was_touched() const { return touched_; }

  // The serial plugins whose turn the running handler and its callers have: its own operations need not wait for it.
  void set_inside(std::vector<const Instance*> inside) { inside_ = std::move(inside); }
  const std::vector<const Instance*>& inside() const { return inside_; }

  // The stay of what the handlers are called for, which keeps the plugins in memory that may be looking at the context.
  void pin(std::shared_ptr<const Stay> stay) {
    const std::lock_guard lock(mutex_);
    stay_ = std::move(stay);
  }
  // Those that are kept by the publisher's way instead.
  void set_company(const Company* company) { company_ = company; }

  // Whether this plugin is kept from being replaced until the handlers have returned.
  bool holds(const Instance& instance) const;

  // Whoever called goes on without the handler that is running now: from here on its calls are refused. Returns the context to
  // go on with, in the state before that handler. Any thread.
  virtual std::shared_ptr<HandlerContext> abandon() = 0;

  // ---- the handler's side ----

  // What an operation or a publication of the handler's inherits.
  virtual Cause cause() const = 0;

  std::chrono::microseconds remaining() const;

  // Keeps an error's text until the handler returns. On the handler's thread.
  const base::Error& lend(base::Error why) {
    touched_ = true;
    return lent_errors_.emplace_back(std::move(why));
  }

 protected:
  // Clears what the last handler left.
  virtual void forget_handler();

  // cancelled: the handler was given up. The mutex is held by the caller.
  base::Result<void> check_not_abandoned(const char* function) const;

  mutable std::mutex mutex_;
  bool abandoned_ = false;
  bool touched_ = false;  // the handler's thread's own
  std::shared_ptr<const Stay> stay_;
  const Company* company_ = nullptr;

 private:
  std::deque<base::Error> lent_errors_;
  std::vector<const Instance*> inside_;
  Clock::time_point began_;
  std::chrono::microseconds allowed_{};
};

}  // namespace backplane::plugin
