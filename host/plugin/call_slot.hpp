// How the host knows what its threads are doing inside plugins: each thread has a slot with a frame for every handler it
// is in. Entering and leaving a handler costs a few plain stores; all the work of noticing an overdue handler is the
// watchdog's.
//
// The watchdog claims a frame whose deadline has passed. Whether the handler returned first or was claimed first is decided
// once: the leaving thread stores "frame empty", then reads the claim; the watchdog stores the claim, then reads the frame.
// With a full fence on both sides at least one sees the other (Dekker); here the watchdog pays for both fences with membarrier(2),
// which makes every thread of the process pass one (an asymmetric fence, as in folly and in liburcu).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/assertion.hpp"

namespace backplane::plugin {

class HandlerContext;
class Interruptible;
struct Handler;

// How often a watchdog has looked around: every 5 ms, so that a time read since the last look is at most that old.
inline std::atomic<std::uint64_t> looks_around{0};

inline constexpr std::size_t most_frames = 24;  // operations nest 16 deep; each level is in one handler at most

// The fence of the side that runs often, and that of the side that runs seldom. ThreadSanitizer knows neither, so there the
// two stores and loads are sequentially consistent themselves.
#if defined(__SANITIZE_THREAD__)
inline constexpr auto store_order = std::memory_order_seq_cst;
inline constexpr auto load_order = std::memory_order_seq_cst;
inline void light_fence() {}
inline void heavy_fence() {}
inline bool has_heavy_fence() { return true; }
#else
inline constexpr auto store_order = std::memory_order_release;
inline constexpr auto load_order = std::memory_order_acquire;
inline void light_fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }
void heavy_fence();
bool has_heavy_fence();
#endif

struct Frame {
  std::atomic<std::uint64_t> number{0};  // unique within the slot; 0: empty
  std::atomic<std::int64_t> allowed_us{0};
  std::atomic<Interruptible*> run{nullptr};
  std::atomic<std::uint64_t> claimed{0};  // the number that the watchdog wants or has
  std::uint64_t taken = 0;                // the number that it has; under takeover_
  std::shared_ptr<const void> kept;       // what the late handler may still look at; under takeover_
  HandlerContext* context = nullptr;      // of the handler; this and below: the thread's own
  const void* subject = nullptr;          // what the handler was given: the context's bp_operation or bp_event
  const Handler* handler = nullptr;
};

class CallSlot {
 public:
  CallSlot();

  // This thread's slot, made and listed at its first call into a plugin or out of one. It is still there when the thread's
  // thread_local variables are destroyed, which may be a plugin's and call the host.
  static CallSlot& of_this_thread();

  // One frame of the slot, for handlers that are called one after another.
  class Visit {
   public:
    Visit(CallSlot& slot, Interruptible* run, HandlerContext* context, const void* subject) : slot_(slot), frame_(slot.push()) {
      frame_.context = context;
      frame_.subject = subject;
      frame_.run.store(run, std::memory_order_relaxed);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { --slot_.depth_; }

    // Entering a handler, under a number of its own. From here on the watchdog may take the run over.
    std::uint64_t enter(const Handler& handler, std::chrono::microseconds allowed) {
      frame_.handler = &handler;
      frame_.allowed_us.store(allowed.count(), std::memory_order_relaxed);
      const std::uint64_t number = ++slot_.last_number_;
      frame_.number.store(number, store_order);
      return number;
    }

    // The numbers of several handlers in a row, each of which may take as long: the first of them.
    std::uint64_t enter_row(std::size_t count, std::chrono::microseconds allowed) {
      frame_.allowed_us.store(allowed.count(), std::memory_order_relaxed);
      const std::uint64_t first = slot_.last_number_ + 1;
      slot_.last_number_ += count;
      return first;
    }

    // Into a handler of the row, out of the one before it.
    void step(const Handler& handler, std::uint64_t number) {
      frame_.handler = &handler;
      frame_.number.store(number, store_order);
      light_fence();
    }
    void step_out() {
      frame_.number.store(0, store_order);
      light_fence();
    }

    // Whether the watchdog wanted to take the run over in the handler of that number, which was stepped out of.
    bool is_claimed(std::uint64_t number) const { return frame_.claimed.load(load_order) == number; }

    // After step_out(): whether it did, see leave().
    template <class F>
    [[nodiscard]] bool was_taken(std::uint64_t number, F late) {
      if (!is_claimed(number)) return false;
      const std::shared_ptr<const void> kept = slot_.taken_from(frame_, number);
      if (kept) late();
      return kept != nullptr;
    }

    // Left the handler. False: the watchdog has taken the run over, which is then no longer to be touched; `late`
    // was called while what the handler could see was still kept.
    template <class F>
    [[nodiscard]] bool leave(std::uint64_t number, F late) {
      step_out();
      if (!is_claimed(number)) [[likely]]
        return true;
      return !was_taken(number, late);
    }

   private:
    CallSlot& slot_;
    Frame& frame_;
  };
  bool is_full() const { return depth_ == most_frames; }

  // What `current` points to, which stays until let_go(): whoever replaces it asks is_held(). One thing at each depth.
  template <class T>
  const T* hold(const std::atomic<const T*>& current) {
    std::atomic<const void*>& held = held_[depth_];
    for (const T* seen = current.load(std::memory_order_relaxed);;) {
      held.store(seen, store_order);
      light_fence();
      const T* const still = current.load(load_order);
      if (still == seen) [[likely]]
        return seen;
      seen = still;
    }
  }
  void let_go() { held_[depth_].store(nullptr, std::memory_order_release); }

  // The time, at most as old as the last look around.
  std::chrono::steady_clock::time_point recent_time() {
    const std::uint64_t looks = looks_around.load(std::memory_order_relaxed);
    if (looks != time_read_at_ || looks == 0) [[unlikely]] {
      time_read_at_ = looks;
      time_ = std::chrono::steady_clock::now();
    }
    return time_;
  }

  // The handler that this thread is in, or null. For the functions that a handler may call.
  const Frame* current() const { return depth_ == 0 ? nullptr : &frames_[depth_ - 1]; }

  // Whether it holds of the context of any handler that this thread is in.
  template <class F>
  bool any_context(F holds_of) const {
    return std::any_of(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(depth_),
                       [&](const Frame& frame) { return frame.context != nullptr && holds_of(*frame.context); });
  }

  // ---- the watchdog's side ----

  struct Sight {
    std::uint64_t number = 0;
    std::int64_t allowed_us = 0;
  };
  Sight look(std::size_t frame) const;

  // After a heavy fence: whether this thread holds it, other than for a handler that was given up: its thread looks at it no
  // more. Once it does not it never will, if it cannot be had any more.
  bool holds(const void* thing);

  // Takes the run of that frame over, if its handler has not returned: then `take` is called with it and returns
  // what must outlive the late handler, and the thread will find out in leave().
  template <class F>
  void claim(std::size_t index, std::uint64_t number, F take) {
    const std::lock_guard lock(takeover_);
    Frame& frame = frames_[index];
    // What is kept was taken in a handler before, and the thread has yet to find out.
    if (frame.kept != nullptr) return;
    frame.claimed.store(number, store_order);
    heavy_fence();
    if (frame.number.load(load_order) != number) return;
    frame.taken = number;
    frame.kept = take(*frame.run.load(std::memory_order_relaxed));
  }

 private:
  Frame& push() {
    BACKPLANE_ASSERT(depth_ < most_frames);
    return frames_[depth_++];
  }
  std::shared_ptr<const void> taken_from(Frame& frame, std::uint64_t number);

  std::size_t depth_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t time_read_at_ = 0;
  std::chrono::steady_clock::time_point time_;
  std::array<std::atomic<const void*>, most_frames + 1> held_{};
  std::array<Frame, most_frames> frames_;
  std::mutex takeover_;
};

// Whether this thread is in a handler.
inline bool inside_handler() { return CallSlot::of_this_thread().current() != nullptr; }

// The slots of all live threads that have been in a plugin.
std::vector<std::shared_ptr<CallSlot>> all_slots();

// Whether any thread holds this, which was replaced: see CallSlot::hold.
bool is_held(const void* thing);

}  // namespace backplane::plugin
