// A bounded stream of bytes between an I/O thread, which never blocks, and a transfer's own thread, which does: back
// pressure for dump (out) and load (in).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::http {

// Either end may be used by one thread; the ends by different ones. After close() nothing blocks any more.
class Channel {
 public:
  // notify: called, without a lock, when the end that does not block should look again.
  Channel(std::size_t capacity, std::function<void()> notify) : capacity_(capacity), notify_(std::move(notify)) {}

  // ---- the writing end ----

  // Waits for room. False: the reader is gone.
  bool write(std::string_view bytes);
  // Takes all at once. False: full now, `notify` tells when there is room.
  bool offer(std::string_view bytes);
  // The end of the stream, whole or broken off.
  void finish();
  void fail(base::Error error);

  // ---- the reading end ----

  // Waits. Nothing: the end of the stream; the error it was broken off with; cancelled after close().
  base::Result<std::optional<std::string>> read();

  struct Piece {
    std::string bytes{};                // what there is, perhaps nothing yet: `notify` tells when there is more
    bool ended = false;                 // nothing comes after `bytes`
    std::optional<base::Error> error{};  // why, when it was broken off
  };
  Piece take();

  // ---- either ----

  void close();

 private:
  const std::size_t capacity_;
  const std::function<void()> notify_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  bool ended_ = false;
  bool closed_ = false;
  bool waits_ = false;  // the end that does not block waits for `notify`
  std::optional<base::Error> error_;
};

}  // namespace backplane::http
