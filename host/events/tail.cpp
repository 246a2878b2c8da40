#include "events/tail.hpp"

#include <algorithm>
#include <utility>

namespace backplane::events {
namespace {

constexpr std::size_t enough_text = 256 << 10;          // read no further until it is taken
constexpr std::uint64_t positions_at_once = 20'000;     // one reading holds the store's moment no longer than that takes

}  // namespace

Tail::Tail(store::EventLog& log, base::WorkerPool& pool, store::EventQuery query, Write write, std::function<void()> moved)
    : log_(log), pool_(pool), write_(std::move(write)), moved_(std::move(moved)), query_(std::move(query)) {
  piece_.position = query_.after;
}

bool Tail::has_work() const {
  return !ended_ && !piece_.error && piece_.text.size() < enough_text && query_.after < log_.last_position();
}

void Tail::wake() {
  std::unique_lock lock(mutex_);
  start_reading(lock);
}

// Gives the lock back when it started.
void Tail::start_reading(std::unique_lock<std::mutex>& lock) {
  if (reading_ || !has_work()) return;
  reading_ = true;
  lock.unlock();
  base::start(work(shared_from_this()), [](bool) {});
}

base::Task<bool> Tail::work(std::shared_ptr<Tail> self) {
  co_await base::on(self->pool_);
  while (self->read_on()) {
  }
  co_return true;
}

Tail::Piece Tail::take() {
  std::unique_lock lock(mutex_);
  Piece taken = std::exchange(piece_, Piece{.position = piece_.position});
  taken.ended = ended_ || taken.error;
  start_reading(lock);
  return taken;
}

void Tail::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

// Reads a stretch of the log. False: nothing is left to read for now.
bool Tail::read_on() {
  store::EventQuery stretch;
  std::size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    reading_ = has_work();
    if (!reading_) return false;
    stretch = query_;
    room = enough_text - piece_.text.size();
  }
  Piece read;
  stretch.up_to = std::min(log_.last_position(), stretch.after + positions_at_once);
  read.position = stretch.up_to;
  const auto done = log_.read_events(stretch, [&](const model::Event& event) {
    write_(read.text, event);
    if (read.text.size() < room) return true;
    read.position = event.position;
    return false;
  });
  bool moved = !done || !read.text.empty();
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return reading_ = false;
    if (!done) {
      piece_.error = done.error();
    } else {
      moved |= note_missed(stretch.after, *done);
      piece_.text.append(read.text);
      query_.after = piece_.position = read.position;
    }
  }
  if (moved) moved_();
  return true;
}

// Reading began behind `after`, and up to `removed_up_to` events may be missing. Each gap is told of once.
bool Tail::note_missed(std::uint64_t after, std::uint64_t removed_up_to) {
  const std::uint64_t known = std::max(after, missed_to_);
  if (removed_up_to <= known) return false;
  if (piece_.missed_to == 0) piece_.missed_from = known + 1;
  piece_.missed_to = missed_to_ = removed_up_to;
  return true;
}

}  // namespace backplane::events
