#include "http/channel.hpp"

#include <utility>

namespace backplane::http {

bool Channel::write(std::string_view bytes) {
  bool notify = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || bytes_.size() < capacity_; });
    if (closed_) return false;
    bytes_.append(bytes);
    notify = std::exchange(waits_, false);
  }
  if (notify) notify_();
  return true;
}

bool Channel::offer(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return true;
  bytes_.append(bytes);
  changed_.notify_all();
  waits_ = bytes_.size() >= capacity_;
  return !waits_;
}

void Channel::finish() {
  bool notify = false;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    notify = std::exchange(waits_, false);
    changed_.notify_all();
  }
  if (notify) notify_();
}

void Channel::fail(base::Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_) error_ = std::move(error);
  }
  finish();
}

base::Result<std::optional<std::string>> Channel::read() {
  std::string bytes;
  bool notify = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || ended_ || !bytes_.empty(); });
    if (closed_) return base::Error{.code = base::Code::cancelled, .message = "stream: wanted its end, found the connection closed"};
    if (bytes_.empty()) {
      if (error_) return *error_;
      return std::optional<std::string>();
    }
    bytes = std::exchange(bytes_, {});
    notify = std::exchange(waits_, false);
  }
  if (notify) notify_();
  return std::optional<std::string>(std::move(bytes));
}

Channel::Piece Channel::take() {
  const std::lock_guard lock(mutex_);
  Piece piece{std::exchange(bytes_, {}), ended_, error_};
  waits_ = piece.bytes.empty() && !ended_;
  changed_.notify_all();
  return piece;
}

void Channel::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waits_ = false;
  changed_.notify_all();
}

}  // namespace backplane::http
