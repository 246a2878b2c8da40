// What is known of watched files, and which of them are being written: told that something happened to a file, it says
// when the file is finished and whether its bytes are news. Knows nothing of how changes are noticed, nor of the clock.
// One thread at a time.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/file_look.hpp"
#include "app/file_watch.hpp"

namespace backplane::app {

// What happened to a file.
enum class Sign {
  written,   // more may follow
  finished,  // its writer closed it, or it was put there whole
  marked,    // its attributes: says nothing about a write that is going on
};

// Whether it is news that a file is gone.
enum class Absence { awaits_return, is_news };

class Settling {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Settling(SettleTimes times, Absence absence) : times_(times), absence_(absence) {}

  // Adds a file with what it holds now; nothing for one that is known.
  void learn(const std::string& file);
  bool knows(const std::string& file) const { return known_.contains(file); }

  // Forgets all others.
  void keep(const std::set<std::string>& files);

  // Something happened to a file. One that is not known yet is new: it is news once it is there.
  void touch(const std::string& file, Sign sign, Time now);
  void touch_all(Sign sign, Time now);
  void touch_below(const std::string& folder, Sign sign, Time now);

  // The files that have settled by now with other bytes than before. They are known with these from here on.
  std::vector<std::filesystem::path> settled(Time now);

  // When to ask again; none: not before the next touch.
  std::optional<Time> next() const;

 private:
  struct Pending {
    std::optional<Fingerprint> seen;
    Time due;
    bool waited_for_writer = false;
  };
  enum class Outcome { news, no_news, not_settled };
  Outcome look(const std::string& file, Pending& pending, Time now);
  Outcome look_for_absent(const std::string& file);

  SettleTimes times_;
  Absence absence_;
  std::unordered_map<std::string, std::optional<Content>> known_;
  std::map<std::string, Pending> pending_;
};

}  // namespace backplane::app
