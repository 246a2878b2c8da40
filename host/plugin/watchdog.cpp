#include "plugin/watchdog.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <coroutine>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "plugin/call_slot.hpp"
#include "plugin/interruptible.hpp"

namespace backplane::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds patience{10};  // of what waits for a thread of the pool

// What was seen in each frame of a slot, and since when.
struct Seen {
  std::uint64_t number = 0;
  Clock::time_point since;
  bool taken = false;
};
using SeenInSlot = std::array<Seen, most_frames>;

}  // namespace

struct Watchdog::Watch {
  Watch(base::WorkerPool& workers, std::function<void()> also) : pool(workers), at_interval(std::move(also)) {}

  base::WorkerPool& pool;
  std::function<void()> at_interval;
  std::unordered_map<CallSlot*, SeenInSlot> seen;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::thread thread;

  void run();
  void look_around();
  std::size_t lost() const;
  void look_into(CallSlot& slot, SeenInSlot& seen_here, Clock::time_point now);
};

Watchdog::Watchdog(base::WorkerPool& pool, std::function<void()> at_interval)
    : watch_(new Watch(pool, std::move(at_interval))) {
  watch_->thread = std::thread([watch = watch_.get()] { watch->run(); });
}

base::Result<void> Watchdog::check_machine() {
  if (has_heavy_fence()) return base::ok();
  return base::Error{base::Code::unsupported, "membarrier(2) is refused by this kernel or its seccomp profile: wanted Linux 4.14 or later, "
                                              "without it overdue handlers cannot be told from those that return"};
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(watch_->mutex);
    watch_->stopping = true;
  }
  watch_->changed.notify_one();
  watch_->thread.join();
}

void Watchdog::Watch::run() {
  std::unique_lock lock(mutex);
  while (!changed.wait_for(lock, interval, [&] { return stopping; })) {
    lock.unlock();
    look_around();
    pool.relieve(patience, lost());
    at_interval();
    lock.lock();
  }
}

void Watchdog::Watch::look_around() {
  looks_around.fetch_add(1, std::memory_order_relaxed);
  const auto now = Clock::now();
  const auto slots = all_slots();
  for (const auto& slot : slots) look_into(*slot, seen[slot.get()], now);
  if (seen.size() > slots.size())
    std::erase_if(seen, [&](const auto& entry) {
      return std::none_of(slots.begin(), slots.end(), [&](const auto& slot) { return slot.get() == entry.first; });
    });
}

// The threads whose handlers were given up and have not returned.
std::size_t Watchdog::Watch::lost() const {
  return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [](const auto& slot) {
    return std::any_of(slot.second.begin(), slot.second.end(), [](const Seen& one) { return one.taken; });
  }));
}

void Watchdog::Watch::look_into(CallSlot& slot, SeenInSlot& seen_here, Clock::time_point now) {
  for (std::size_t i = 0; i < most_frames; ++i) {
    const CallSlot::Sight sight = slot.look(i);
    Seen& known = seen_here[i];
    if (sight.number == 0) {
      if (known.number == 0) return;  // frames above an empty one are empty, but for a moment
      known = {};
      continue;
    }
    if (known.number != sight.number) known = {sight.number, now, false};
    if (known.taken || now - known.since < std::chrono::microseconds(sight.allowed_us)) continue;
    known.taken = true;
    std::coroutine_handle<> goes_on;
    slot.claim(i, sight.number, [&](Interruptible& overdue) {
      const bool further_in = i + 1 < most_frames && slot.look(i + 1).number != 0;
      auto kept = overdue.take_over(sight.number, further_in ? Whereabouts::further_in : Whereabouts::in_handler);
      goes_on = overdue.continuation();
      return kept;
    });
    if (goes_on) pool.post(goes_on);
  }
}

}  // namespace backplane::plugin
