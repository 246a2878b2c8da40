// What the server counts about itself: one set per I/O thread, written by it alone and read by whoever asks for
// /metrics.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "http/route.hpp"

namespace backplane::http {

// A counter with one writer.
class Tally {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

class Figures {
 public:
  // Upper bounds of the latency histogram in microseconds.
  static constexpr std::array<std::uint64_t, 14> bounds{50,     100,    250,     500,     1'000,     2'500,     5'000,
                                                        10'000, 25'000, 50'000, 100'000, 500'000, 1'000'000, 10'000'000};
  // Of an answer: "aborted" for the connection that broke before it, else the class of its status.
  static constexpr std::size_t status_classes = 6;

  Figures();

  Tally connections_opened;
  Tally connections_closed;
  Tally connections_refused;
  Tally timeouts;
  Tally received_bytes;
  Tally sent_bytes;
  Tally requests_begun;

  // The end of a request. route: null when there was none for it; status: 0 when it was not answered.
  void count(const Route* route, int status, std::chrono::nanoseconds took);

 private:
  friend std::string to_prometheus(std::span<const Figures* const> all);
  std::vector<std::array<Tally, status_classes>> requests_;  // by route, the last for none
  std::array<Tally, bounds.size() + 1> buckets_;
  Tally microseconds_;
  Tally ended_;
};

// The sum of them, as Prometheus text. Any thread.
std::string to_prometheus(std::span<const Figures* const> all);

}  // namespace backplane::http
