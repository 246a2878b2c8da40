// Events that wait for one subscription: handed out in order, and never two of one key at a time. Not for several threads at once.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/event.hpp"
#include "plugin/handler.hpp"

namespace backplane::events {

using SharedEvent = std::shared_ptr<const model::Event>;

class KeyQueue {
 public:
  explicit KeyQueue(plugin::Order order) : order_(order) {}

  void push(SharedEvent event);

  // The next event whose key nobody is busy with; its key is busy from now on. Nothing: none waits, or all that wait must.
  std::optional<SharedEvent> take();

  // What was taken is done with: the next of its key may go. `key` is the event's.
  void done(const std::string& key);

  // What was taken was not begun: it is the next one again.
  void put_back(SharedEvent event);

  // What was taken is not done with, and comes again later: the others of its key are held back until release(key). They are taken
  // out and returned, in order. An event that no order binds holds nobody back.
  std::vector<SharedEvent> hold(const std::string& key);
  void release(const std::string& key);

  // Holds back the events of a key from the beginning, as after hold(); returns false when it is held already, or binds nobody.
  bool block(const std::string& key);

  // Whether events of this key wait for one another.
  bool is_ordered(const std::string& key) const { return !lane_of(key).empty(); }

  // What the events are called that wait for those of this key: the same for all keys where the order is strict; "": none does.
  std::string lane_of(const std::string& key) const;

  bool has_ready() const { return !ready_.empty() || !unordered_.empty(); }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t busy() const { return busy_; }
  bool empty() const { return size_ == 0; }

  // What an event counts for in bytes().
  static std::size_t bytes_of(const model::Event& event) { return sizeof(model::Event) + event.payload.text().size(); }

 private:
  // The events of one key. All of them, where the order is strict; where there is no order, each alone.
  struct Lane {
    std::deque<SharedEvent> waiting;
    bool busy = false;
    bool ready = false;  // in ready_
  };
  void make_ready(const std::string& name, Lane& lane);

  plugin::Order order_;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> ready_;    // lanes with something to take
  std::deque<SharedEvent> unordered_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::size_t busy_ = 0;
};

}  // namespace backplane::events
