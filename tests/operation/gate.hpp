// How tests of the operation layer hold a fixture up and wait for what happens meanwhile. Any thread.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/json.hpp"
#include "support/catch.hpp"

namespace backplane::tests {

// A FIFO on which fixtures wait (see tests/fixtures).
class Gate {
 public:
  explicit Gate(const std::filesystem::path& path) : path_(path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); }

  // Opens it for one fixture, once that has come to it.
  void open() const { std::ofstream(path_) << ""; }

  // The member of a fixture's config that names it.
  std::string member() const { return "\"gate\":" + base::quote_json(path_.string()); }

 private:
  std::filesystem::path path_;
};

// Whether the condition comes to hold within 20 s.
template <class F>
bool eventually(F condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace backplane::tests
