// Callers who never pause, beside reloads: each creates notes one after another, on a thread of its own.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/reload_rig.hpp"

namespace backplane::tests {

class ReloadCallers {
 public:
  // Every `often`-th note of each is this document; all others are empty.
  ReloadCallers(ReloadRig& rig, std::size_t callers, std::size_t often, const std::string& document);
  ~ReloadCallers() { end(); }
  ReloadCallers(const ReloadCallers&) = delete;
  ReloadCallers& operator=(const ReloadCallers&) = delete;

  // Lets each finish what it asked for.
  void end();

  // How many were answered so far. Any thread.
  std::size_t answered() const { return answered_; }

  // After end().
  const std::vector<base::Json>& notes() const { return notes_; }
  const std::vector<std::string>& refused() const { return refused_; }

 private:
  void call(std::size_t often, const std::string& document);

  ReloadRig& rig_;
  std::atomic<bool> ended_{false};
  std::atomic<std::size_t> answered_{0};
  std::mutex mutex_;
  std::vector<base::Json> notes_;
  std::vector<std::string> refused_;
  std::vector<std::thread> threads_;
};

}  // namespace backplane::tests
