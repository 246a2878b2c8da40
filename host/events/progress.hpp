// What a durable subscription has yet to write down: gathered, and kept in one go. One write is under way at a time, so that they
// reach the store in the order in which they were gathered; one that fails is gathered again. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace backplane::events {

class PendingProgress : public std::enable_shared_from_this<PendingProgress> {
 public:
  PendingProgress(store::Store& store, const base::Clock& clock, const store::Cursor& cursor)
      : store_(store), clock_(clock), subscription_(cursor.subscription), generation_(cursor.generation), floor_(cursor.floor),
        kept_floor_(cursor.floor) {}

  void put(store::Delivery delivery);
  void remove(std::uint64_t position);
  void set_floor(std::uint64_t floor);
  std::uint64_t floor() const;

  // Writes what was gathered, if anything was, no write is under way and the last one has not just failed.
  void keep();

  // A row that the caller writes at once itself, in place of what was gathered of its position; with it what was gathered of calls that
  // have come to an end, so that after a crash they are not taken for its cause. That is written again in its turn.
  store::Progress at_once(store::Delivery delivery);

  // Writes until nothing is left to write. False: the deadline came first.
  bool keep_all(std::chrono::steady_clock::time_point deadline);

 private:
  bool has_something() const { return !puts_.empty() || !removed_.empty() || floor_ != kept_floor_; }
  void finished(store::Progress written, const base::Result<void>& result);

  store::Store& store_;
  const base::Clock& clock_;
  const std::string subscription_;
  const std::uint64_t generation_;

  mutable std::mutex mutex_;
  std::condition_variable written_;
  std::map<std::uint64_t, store::Delivery> puts_;
  std::set<std::uint64_t> removed_;
  std::uint64_t floor_;
  std::uint64_t kept_floor_;
  bool writing_ = false;
  std::chrono::steady_clock::time_point paused_until_{};  // a write failed
};

}  // namespace backplane::events
