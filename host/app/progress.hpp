// Progress of long work on standard error: one line that is rewritten on a terminal, a line every second elsewhere when it
// was asked for, nothing else. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/console.hpp"
#include "app/options.hpp"

namespace backplane::app {

class Progress {
 public:
  // verb: "dumped", "sent". whole_bytes: how many bytes there will be; 0: not known.
  Progress(Console& console, const Output& output, std::string verb, std::uint64_t whole_bytes);

  // Ends the line, so that what follows starts at a new one.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(std::uint64_t resources, std::uint64_t bytes);

  // Any other measure of how far it is.
  void tell(const std::string& line);

 private:
  Console& console_;
  bool on_;
  std::string verb_;
  std::uint64_t whole_bytes_;
  std::chrono::steady_clock::time_point next_;
  bool line_is_open_ = false;
};

}  // namespace backplane::app
