// SIGINT and SIGTERM, turned into a request to stop, the second of which ends the process at once with 128 and its number; and
// SIGHUP, a request to reload. One object in a process; made before threads are started. Child processes begin with the signals'
// defaults.
#pragma once

namespace backplane::app {

class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the next one and returns its number.
  int wait();
};

}  // namespace backplane::app
