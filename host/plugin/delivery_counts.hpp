// What became of the events of one subscription. Those that a publisher hands to several subscriptions at once are
// counted once for all of them. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/guarded.hpp"
#include "base/tally.hpp"

namespace backplane::plugin {

class DeliveryCount {
 public:
  void add() { own_.fetch_add(1, std::memory_order_relaxed); }

  std::uint64_t load() const {
    return shared_.with([&](const auto& tallies) {
      std::uint64_t sum = own_.load(std::memory_order_relaxed);
      for (const base::Tally* const tally : tallies) sum += tally->load();
      return sum;
    });
  }

  // What the tally counts is counted here as well, until it ends: then what it came to is kept.
  void share(const base::Tally& tally) {
    shared_.with([&](auto& tallies) { tallies.push_back(&tally); });
  }
  void end_share(const base::Tally& tally) {
    shared_.with([&](auto& tallies) {
      std::erase(tallies, &tally);
      own_.fetch_add(tally.load(), std::memory_order_relaxed);
    });
  }

 private:
  std::atomic<std::uint64_t> own_{0};
  base::Guarded<std::vector<const base::Tally*>> shared_;
};

struct DeliveryCounts {
  DeliveryCount delivered;               // handlers that returned, in time and without a fault
  std::atomic<std::uint64_t> failed{0};  // and those that did not, or were not called
  void add(bool good) {
    if (good)
      delivered.add();
    else
      failed.fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace backplane::plugin
