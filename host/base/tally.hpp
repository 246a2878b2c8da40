// A count that many threads add to, all the time, and that is seldom read: each thread has a cell of its own for it, so
// that adding is a plain load and store of memory that no other thread writes. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace backplane::base {

class Tally {
 public:
  Tally();
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  void add() {
    Chunk* const chunk =
        cells_here == nullptr ? nullptr : (*cells_here)[number_ / chunk_size].load(std::memory_order_relaxed);
    std::atomic<std::uint64_t>& cell = chunk == nullptr ? new_cell() : (*chunk)[number_ % chunk_size];
    cell.store(cell.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  // What was added by all threads, those that have ended included.
  std::uint64_t load() const;

 private:
  friend struct ThreadCells;
  static constexpr std::size_t chunk_size = 256;
  static constexpr std::size_t most_chunks = 1024;
  using Chunk = std::array<std::atomic<std::uint64_t>, chunk_size>;
  using Cells = std::array<std::atomic<Chunk*>, most_chunks>;

  std::atomic<std::uint64_t>& new_cell();

  // Trivial, so that it is there as long as the thread is.
  static constinit inline thread_local Cells* cells_here = nullptr;

  std::size_t number_;
};

}  // namespace backplane::base
