// What tests wait with: conditions with a deadline, and the gate on which fixtures wait.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/json.hpp"
#include "support/catch.hpp"

namespace backplane::tests {

// Waits until the condition holds, at most 20 s; whether it does.
template <class F>
bool eventually(F condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

// A FIFO on which fixtures wait (their config member `gate`).
class Gate {
 public:
  explicit Gate(const std::filesystem::path& path) : path_(path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); }

  // For all that wait; waits for the first.
  void open() const { std::ofstream(path_) << ""; }

  // For all that wait and all that come, until the condition holds.
  template <class F>
  bool open_until(F condition) const {
    return eventually([&] {
      if (const int gate = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC); gate >= 0) ::close(gate);
      return condition();
    });
  }

  std::string member() const { return "\"gate\":" + base::quote_json(path_.string()); }

 private:
  std::filesystem::path path_;
};

}  // namespace backplane::tests
