// Follows the event log for somebody who watches: what is in it after a position, then what comes. There is one reader, of the log
// alone, so that nothing is missed or doubled where the past ends and the present begins. Events that are in no log are not seen.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/executor.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "store/event_log.hpp"

namespace backplane::events {

// Any thread.
class Tail : public std::enable_shared_from_this<Tail> {
 public:
  // Appends an event to the text that the watcher gets.
  using Write = std::function<void(std::string& text, const model::Event& event)>;

  // What was read since the last take().
  struct Piece {
    std::string text{};
    std::uint64_t position = 0;  // everything up to here that matches is in this piece or one before
    // Of the events from here to there some were removed from the log before they were read, or all; 0, 0: none.
    std::uint64_t missed_from = 0;
    std::uint64_t missed_to = 0;
    bool ended = false;          // nothing comes after it
    std::optional<base::Error> error{};
  };

  // query.after: where to begin; it has no end. moved: called without a lock when take() has something again.
  Tail(store::EventLog& log, base::WorkerPool& pool, store::EventQuery query, Write write, std::function<void()> moved);

  // The log may have grown. Cheap.
  void wake();

  // Goes on reading where that had stopped for want of room.
  Piece take();

  // Nothing is read any more: take() has what was read, and then the end.
  void end();

 private:
  static base::Task<bool> work(std::shared_ptr<Tail> self);
  void start_reading(std::unique_lock<std::mutex>& lock);
  bool read_on();
  bool note_missed(std::uint64_t after, std::uint64_t removed_up_to);
  bool has_work() const;

  store::EventLog& log_;
  base::WorkerPool& pool_;
  const Write write_;
  const std::function<void()> moved_;

  std::mutex mutex_;
  store::EventQuery query_;  // after: how far it was read
  std::uint64_t missed_to_ = 0;  // told of
  Piece piece_;
  bool reading_ = false;
  bool ended_ = false;
};

}  // namespace backplane::events
