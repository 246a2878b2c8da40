// What other threads have to tell an I/O thread: outcomes of operations and of transfers, brought back to the
// connection that waits for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "http/message.hpp"
#include "operation/request.hpp"
#include "operation/transfer.hpp"

namespace backplane::http {

struct StreamMoved {};  // a channel or a tail has bytes, or a channel room, again
using News = std::variant<operation::Outcome, operation::LoadOutcome, Response, StreamMoved>;

// Which request of which connection it is for. A letter to one that is over is thrown away.
struct Address {
  std::uint32_t connection = 0;
  std::uint64_t exchange = 0;
};

struct Letter {
  Address to;
  News news;
};

class Mailbox {
 public:
  // wake: makes the owner call take() soon; called on any thread, never after close().
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Any thread.
  void post(Letter letter);

  // The owner's thread: what was posted since.
  std::vector<Letter> take();

  // From here on letters are thrown away.
  void close();

  // Between begin_catching and end_catching, on the owner's thread: a letter to `to` that is posted on this very thread is
  // returned by end_catching instead of going through the box.
  void begin_catching(Address to);
  std::optional<Letter> end_catching();

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Letter> letters_;
  bool closed_ = false;
  // Only the thread that catches reads and writes what follows, and only it finds its own id in catcher_.
  std::atomic<std::thread::id> catcher_{};
  Address catching_{};
  std::optional<Letter> caught_;
};

}  // namespace backplane::http
