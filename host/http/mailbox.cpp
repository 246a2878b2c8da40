#include "http/mailbox.hpp"

#include <utility>

namespace backplane::http {

void Mailbox::post(Letter letter) {
  if (catcher_.load(std::memory_order_relaxed) == std::this_thread::get_id() && letter.to.exchange == catching_.exchange &&
      letter.to.connection == catching_.connection && !caught_) {
    caught_ = std::move(letter);
    return;
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) wake_();
}

std::vector<Letter> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  letters_.clear();
}

void Mailbox::begin_catching(Address to) {
  catching_ = to;
  catcher_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

std::optional<Letter> Mailbox::end_catching() {
  catcher_.store(std::thread::id(), std::memory_order_relaxed);
  return std::exchange(caught_, std::nullopt);
}

}  // namespace backplane::http
