// Reads server-sent events out of bytes as they come: https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace backplane::app {

class EventStream {
 public:
  struct Message {
    std::string id;    // the last one seen
    std::string kind;  // "message" unless the server says otherwise
    std::string data;
  };

  // Takes the next bytes and calls `each` for every message that they complete, until it returns false.
  void take(std::string_view bytes, const std::function<bool(const Message&)>& each);

  // Where to go on after a break: the id of the last message that was complete; empty: there was none.
  const std::string& last_id() const { return last_id_; }

  // The connection broke: what was not complete is forgotten.
  void restart();

 private:
  bool end_line(const std::function<bool(const Message&)>& each);

  std::string line_;
  std::string kind_;
  std::string data_;
  std::string id_;  // of the message that comes
  std::string last_id_;
  bool has_data_ = false;
};

}  // namespace backplane::app
