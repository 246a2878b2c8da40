// The watchdog: a thread that looks at intervals into the call slots and takes overdue handlers' operations away from them,
// relieves the worker pool when its threads are held up, and sends away those who waited too long for a serial plugin's turn.
//
// A handler's time runs from the first look that saw it, so that calls need no clock: it is given up between its deadline and two
// intervals later.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/executor.hpp"
#include "base/result.hpp"

namespace backplane::plugin {

class Watchdog {
 public:
  static constexpr std::chrono::milliseconds interval{5};

  // `pool` goes on with the operations that were taken away. `at_interval` is called each time, on the watchdog's thread,
  // and must not block.
  Watchdog(base::WorkerPool& pool, std::function<void()> at_interval);

  // Whether this machine has what a watchdog needs. unsupported: its kernel (or a seccomp profile) refuses membarrier(2).
  static base::Result<void> check_machine();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace backplane::plugin
