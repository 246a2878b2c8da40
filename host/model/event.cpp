#include "model/event.hpp"

#include <algorithm>

#include "model/members.hpp"
#include "model/name.hpp"

namespace backplane::model {
namespace {

base::Error unlike(std::string_view what, std::string_view wanted, std::string_view found) {
  return {base::Code::invalid_argument, std::string(what) + ": wanted " + std::string(wanted) + ", found " +
                                            base::quote_json(found.substr(0, 160))};
}

bool is_of_segment(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

}  // namespace

base::Result<void> check_event_type(std::string_view type) {
  constexpr std::size_t most_segments = 16, most_characters = 255;
  std::size_t segments = 1;
  bool in_segment = false, is_good = type.size() <= most_characters;
  for (const char c : type) {
    is_good = is_good && (c == '.' ? in_segment : is_of_segment(c));
    segments += c == '.';
    in_segment = c != '.';
  }
  if (is_good && in_segment && segments <= most_segments) return base::ok();
  return unlike("event type", "1 to 16 segments of [a-z0-9_-] with dots between them, at most 255 characters", type);
}

base::Result<void> check_published_type(std::string_view type) {
  BACKPLANE_CHECK(check_event_type(type));
  if (!type.starts_with("resource.") && !type.starts_with("plugin.")) return base::ok();
  return base::Error{base::Code::denied,
                     "event_type: wanted another than resource.* and plugin.*, which the host publishes itself, found " + std::string(type)};
}

base::Result<void> check_event_id(std::string_view id) {
  const bool printable = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (printable && !id.empty() && id.size() <= 128) return base::ok();
  return unlike("event id", "1 to 128 printable ASCII characters without space", id);
}

base::Result<void> check_event_key(std::string_view key) {
  if (key.size() <= 256 && is_utf8(key)) return base::ok();
  return unlike("event key", "at most 256 bytes of UTF-8 without NUL", key);
}

std::string to_text(const Event& event) {
  Members members(420 + event.payload.text().size());
  members.text("event_id", event.id).text("event_type", event.type).time("timestamp", event.time);
  members.text_if_any("tenant_id", event.tenant)
      .text_if_any("actor_id", event.actor)
      .text_if_any("source", event.source)
      .text_if_any("key", event.key)
      .text_if_any("correlation_id", event.correlation_id)
      .text_if_any("causation_id", event.causation_id);
  if (event.position != 0) members.number("position", event.position);
  return members.put("payload", event.payload.text()).take();
}

}  // namespace backplane::model
