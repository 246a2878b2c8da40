#include "plugin/call_slot.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/guarded.hpp"
#include "base/per_thread.hpp"

namespace backplane::plugin {
namespace {

// Never destroyed: threads may end after main has returned.
base::Guarded<std::vector<std::shared_ptr<CallSlot>>>& listed_slots() {
  static auto* const slots = new base::Guarded<std::vector<std::shared_ptr<CallSlot>>>();
  return *slots;
}

// This thread's slot, while it has one. Trivial, so that it is there as long as the thread is.
constinit thread_local CallSlot* slot_here = nullptr;

// Lists a thread's slot while the thread lives.
struct Listing {
  std::shared_ptr<CallSlot> slot = std::make_shared<CallSlot>();

  Listing() {
    listed_slots().with([&](auto& slots) { slots.push_back(slot); });
    slot_here = slot.get();
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  ~Listing() {
    slot_here = nullptr;
    listed_slots().with([&](auto& slots) { std::erase(slots, slot); });
  }
};

void make_slot() {
  static const auto* const listings = new base::PerThread<Listing>();
  listings->get();
}

}  // namespace

#if !defined(__SANITIZE_THREAD__)
// Without membarrier (Linux 4.14) a late handler could not be told from one that just returned.
bool has_heavy_fence() {
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
}

void heavy_fence() {
  BACKPLANE_ASSERT(has_heavy_fence() && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}
#endif

// Numbers are not repeated from slot to slot, so that the watchdog tells a new slot from an old one at the same address.
CallSlot::CallSlot() {
  static std::atomic<std::uint64_t> slots{0};
  last_number_ = slots++ << 40u;
}

CallSlot& CallSlot::of_this_thread() {
  if (slot_here == nullptr) make_slot();
  return *slot_here;
}

CallSlot::Sight CallSlot::look(std::size_t index) const {
  const Frame& frame = frames_[index];
  const Sight sight{frame.number.load(std::memory_order_acquire), frame.allowed_us.load(std::memory_order_acquire)};
  return frame.number.load(std::memory_order_relaxed) == sight.number ? sight : Sight{};
}

bool CallSlot::holds(const void* thing) {
  for (std::size_t depth = 0; depth < held_.size(); ++depth) {
    if (held_[depth].load(std::memory_order_acquire) != thing) continue;
    const std::lock_guard lock(takeover_);
    if (depth == most_frames || frames_[depth].kept == nullptr) return true;
  }
  return false;
}

// The claim is on this frame's call: waits until the watchdog has decided. Null: it let go.
std::shared_ptr<const void> CallSlot::taken_from(Frame& frame, std::uint64_t number) {
  const std::lock_guard lock(takeover_);
  return frame.taken == number ? std::move(frame.kept) : nullptr;
}

std::vector<std::shared_ptr<CallSlot>> all_slots() {
  return listed_slots().with([](const auto& slots) { return slots; });
}

bool is_held(const void* thing) {
  heavy_fence();
  const auto slots = all_slots();
  return std::any_of(slots.begin(), slots.end(), [&](const auto& slot) { return slot->holds(thing); });
}

}  // namespace backplane::plugin
