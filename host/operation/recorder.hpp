// Keeps the last operations of callers and their answers in memory, for `backplane plugin rehearse`. It stands before
// the conductor: what plugins ask for, and what a load brings, does not come by here; dry runs, and repeats that got a
// stored answer, change nothing and are not kept. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "operation/recorded.hpp"

namespace backplane::operation {

class Recorder final : public Operations {
 public:
  // What it is given outlives it. It is off until set_limit().
  Recorder(Operations& operations, const base::Clock& clock, std::size_t most_bytes = 64 << 20)
      : operations_(operations), clock_(clock), most_bytes_(most_bytes) {}

  // So many are kept from now on, and at most most_bytes of them together: the oldest go. 0: nothing is kept, and
  // nothing costs.
  void set_limit(std::size_t operations);
  bool is_on() const { return limit_.load(std::memory_order_relaxed) != 0; }

  void submit(Request request, Done done) override;

  // The last ones, the oldest first.
  using Records = std::vector<std::shared_ptr<const Recorded>>;
  Records last(std::size_t most) const;

 private:
  void keep(std::uint64_t number, Recorded recorded);
  void forget_oldest();

  Operations& operations_;
  const base::Clock& clock_;
  const std::size_t most_bytes_;
  std::atomic<std::size_t> limit_{0};
  std::atomic<std::uint64_t> begun_{0};

  struct Entry {
    std::uint64_t number;  // they are answered in another order than that in which they began
    std::shared_ptr<const Recorded> recorded;
  };
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace backplane::operation
