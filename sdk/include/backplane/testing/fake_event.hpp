// An event as TestHost lends it, and patterns of event types. Included by testing.hpp.
#pragma once

#include <backplane/testing/fake_operation.hpp>

namespace backplane::sdk::testing {

// A bp_event with what it points to and what its handler decided.
struct FakeEvent : bp_event {
  FakeEvent(TestHost& by, const PublishedEvent& from, DeliveryMode mode_given, std::uint32_t attempt_given);
  static FakeEvent& of(const bp_event* event) { return static_cast<FakeEvent&>(const_cast<bp_event&>(*event)); }

  TestHost& host;
  FakeDocument document;
  std::optional<Delivered> decided;
  std::chrono::microseconds delay{};
  std::string message;
};

inline FakeEvent::FakeEvent(TestHost& by, const PublishedEvent& from, DeliveryMode mode_given,
                            std::uint32_t attempt_given)
    : bp_event{}, host(by), document(from.payload) {
  struct_size = sizeof(bp_event);
  mode = static_cast<std::uint32_t>(mode_given);
  attempt = attempt_given;
  replayed = from.replayed ? 1 : 0;
  depth = from.depth;
  time_us = from.time_us;
  budget_us = from.budget.count();
  position = from.position;
  event_id = detail::to_c(from.id);
  event_type = detail::to_c(from.type);
  tenant = detail::to_c(from.tenant);
  actor = detail::to_c(from.actor);
  source = detail::to_c(from.source);
  key = detail::to_c(from.key);
  correlation_id = detail::to_c(from.correlation_id);
  causation_id = detail::to_c(from.causation_id);
  payload = document.handle();
}

// A pattern is an event type with "*" for whole segments, or ">" for the last one of several.
inline bool is_pattern(std::string_view pattern) {
  std::string type(pattern);
  if (type.size() > 1 && type.compare(type.size() - 2, 2, ".>") == 0) type.back() = '*';
  for (std::size_t i = 0; i < type.size(); ++i) {
    const bool alone = (i == 0 || type[i - 1] == '.') && (i + 1 == type.size() || type[i + 1] == '.');
    if (type[i] == '*' && alone) type[i] = 'x';
  }
  return detail::is_event_type(type);
}

inline bool matches(std::string_view pattern, std::string_view type) {
  if (pattern == "*") return true;
  for (;;) {
    const auto wanted = pattern.substr(0, pattern.find('.')), found = type.substr(0, type.find('.'));
    if (wanted == ">") return !found.empty();
    if (wanted != "*" && wanted != found) return false;
    const bool pattern_ends = wanted.size() == pattern.size(), type_ends = found.size() == type.size();
    if (pattern_ends || type_ends) return pattern_ends && type_ends;
    pattern.remove_prefix(wanted.size() + 1);
    type.remove_prefix(found.size() + 1);
  }
}

}  // namespace backplane::sdk::testing
