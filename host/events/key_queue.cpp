#include "events/key_queue.hpp"

#include <iterator>
#include <utility>

#include "base/assertion.hpp"

namespace backplane::events {

std::string KeyQueue::lane_of(const std::string& key) const {
  switch (order_) {
    case plugin::Order::strict: return "*";
    case plugin::Order::by_key: return key.empty() ? std::string() : "=" + key;
    case plugin::Order::none: return {};
  }
  return {};
}

void KeyQueue::make_ready(const std::string& name, Lane& lane) {
  if (lane.busy || lane.ready || lane.waiting.empty()) return;
  lane.ready = true;
  ready_.push_back(name);
}

void KeyQueue::push(SharedEvent event) {
  ++size_;
  bytes_ += bytes_of(*event);
  const std::string name = lane_of(event->key);
  if (name.empty()) {
    unordered_.push_back(std::move(event));
    return;
  }
  Lane& lane = lanes_[name];
  lane.waiting.push_back(std::move(event));
  make_ready(name, lane);
}

std::optional<SharedEvent> KeyQueue::take() {
  SharedEvent event;
  if (!ready_.empty()) {
    Lane& lane = lanes_.at(ready_.front());
    ready_.pop_front();
    lane.ready = false;
    lane.busy = true;
    event = std::move(lane.waiting.front());
    lane.waiting.pop_front();
  } else if (!unordered_.empty()) {
    event = std::move(unordered_.front());
    unordered_.pop_front();
  } else {
    return std::nullopt;
  }
  --size_;
  bytes_ -= bytes_of(*event);
  ++busy_;
  return event;
}

void KeyQueue::done(const std::string& key) {
  BACKPLANE_ASSERT(busy_ > 0);
  --busy_;
  release(key);
}

void KeyQueue::put_back(SharedEvent event) {
  BACKPLANE_ASSERT(busy_ > 0);
  --busy_;
  ++size_;
  bytes_ += bytes_of(*event);
  const std::string name = lane_of(event->key);
  if (name.empty()) {
    unordered_.push_front(std::move(event));
    return;
  }
  Lane& lane = lanes_.at(name);
  lane.busy = false;
  lane.waiting.push_front(std::move(event));
  make_ready(name, lane);
}

std::vector<SharedEvent> KeyQueue::hold(const std::string& key) {
  BACKPLANE_ASSERT(busy_ > 0);
  --busy_;
  const std::string name = lane_of(key);
  if (name.empty()) return {};
  Lane& lane = lanes_.at(name);
  std::vector<SharedEvent> held(std::make_move_iterator(lane.waiting.begin()), std::make_move_iterator(lane.waiting.end()));
  lane.waiting.clear();
  for (const SharedEvent& event : held) {
    --size_;
    bytes_ -= bytes_of(*event);
  }
  return held;
}

bool KeyQueue::block(const std::string& key) {
  const std::string name = lane_of(key);
  return !name.empty() && !std::exchange(lanes_[name].busy, true);
}

void KeyQueue::release(const std::string& key) {
  const std::string name = lane_of(key);
  if (name.empty()) return;
  const auto lane = lanes_.find(name);
  BACKPLANE_ASSERT(lane != lanes_.end() && lane->second.busy);
  lane->second.busy = false;
  if (lane->second.waiting.empty())
    lanes_.erase(lane);
  else
    make_ready(name, lane->second);
}

}  // namespace backplane::events
