#include "app/event_stream.hpp"

#include <algorithm>

namespace backplane::app {

void EventStream::take(std::string_view bytes, const std::function<bool(const Message&)>& each) {
  for (const char c : bytes) {
    if (c == '\r') continue;  // our host ends lines by a line feed; a proxy may put this before it
    if (c != '\n') {
      line_.push_back(c);
    } else if (!end_line(each)) {
      return;
    }
  }
}

// "name: value", or a line that is empty: the end of a message.
bool EventStream::end_line(const std::function<bool(const Message&)>& each) {
  if (line_.empty()) {
    last_id_ = id_;
    const Message message{last_id_, kind_.empty() ? "message" : kind_, data_};
    const bool complete = has_data_;
    restart();
    return !complete || each(message);
  }
  const auto colon = std::min(line_.find(':'), line_.size());
  const std::string_view line = line_;
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "id") {
    id_ = value;
  } else if (name == "event") {
    kind_ = value;
  } else if (name == "data") {
    if (has_data_) data_.push_back('\n');
    data_.append(value);
    has_data_ = true;
  }
  line_.clear();
  return true;
}

void EventStream::restart() {
  line_.clear();
  kind_.clear();
  data_.clear();
  has_data_ = false;
  id_ = last_id_;
}

}  // namespace backplane::app
