#include "base/tally.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/assertion.hpp"
#include "base/per_thread.hpp"

namespace backplane::base {

// One thread's cells, while it lives.
struct ThreadCells {
  Tally::Cells chunks{};

  ThreadCells();
  ThreadCells(const ThreadCells&) = delete;
  ThreadCells& operator=(const ThreadCells&) = delete;
  ~ThreadCells();

  // Null: this thread never added to it.
  std::atomic<std::uint64_t>* cell(std::size_t number) const {
    Tally::Chunk* const chunk = chunks[number / Tally::chunk_size].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &(*chunk)[number % Tally::chunk_size];
  }
};

namespace {

// Numbers in use, and who counts under them.
struct Books {
  std::mutex mutex;
  std::vector<const ThreadCells*> threads;
  std::unordered_map<std::size_t, std::uint64_t> left_behind;  // by threads that have ended
  std::vector<std::size_t> free_numbers;
  std::size_t numbers = 0;
};

// Never destroyed: threads may end after main has returned.
Books& books() {
  static auto* const made = new Books();
  return *made;
}

}  // namespace

ThreadCells::ThreadCells() {
  Books& all = books();
  const std::lock_guard lock(all.mutex);
  all.threads.push_back(this);
}

ThreadCells::~ThreadCells() {
  Books& all = books();
  const std::lock_guard lock(all.mutex);
  Tally::cells_here = nullptr;
  std::erase(all.threads, this);
  for (std::size_t number = 0; number < all.numbers; ++number)
    if (const auto* const own = cell(number); own != nullptr && *own != 0) all.left_behind[number] += *own;
  for (auto& chunk : chunks) delete chunk.load();
}

Tally::Tally() {
  Books& all = books();
  const std::lock_guard lock(all.mutex);
  if (all.free_numbers.empty()) {
    number_ = all.numbers++;
    BACKPLANE_ASSERT(number_ < chunk_size * most_chunks);
  } else {
    number_ = all.free_numbers.back();
    all.free_numbers.pop_back();
  }
}

// Whoever comes by the number next begins at 0.
Tally::~Tally() {
  Books& all = books();
  const std::lock_guard lock(all.mutex);
  all.left_behind.erase(number_);
  for (const ThreadCells* const thread : all.threads)
    if (auto* const cell = thread->cell(number_)) cell->store(0, std::memory_order_relaxed);
  all.free_numbers.push_back(number_);
}

std::uint64_t Tally::load() const {
  Books& all = books();
  const std::lock_guard lock(all.mutex);
  const auto left = all.left_behind.find(number_);
  std::uint64_t sum = left == all.left_behind.end() ? 0 : left->second;
  for (const ThreadCells* const thread : all.threads)
    if (const auto* const cell = thread->cell(number_)) sum += cell->load(std::memory_order_relaxed);
  return sum;
}

std::atomic<std::uint64_t>& Tally::new_cell() {
  static const auto* const all_threads = new PerThread<ThreadCells>();
  ThreadCells& own = all_threads->get();
  cells_here = &own.chunks;
  std::atomic<Chunk*>& chunk = own.chunks[number_ / chunk_size];
  if (chunk.load(std::memory_order_relaxed) == nullptr) chunk.store(new Chunk(), std::memory_order_release);
  return (*chunk.load(std::memory_order_relaxed))[number_ % chunk_size];
}

}  // namespace backplane::base
