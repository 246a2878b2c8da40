// SIGINT and SIGTERM, turned into a request to stop; the second one ends the process at once with 128 and its number.
// One object in a process; made before threads are started. Child processes begin with the signals' defaults.
#pragma once

namespace backplane::app {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Waits for the first one and returns its number.
  int wait();
};

}  // namespace backplane::app
