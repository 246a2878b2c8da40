// Events to be published: the line that makes a struct one, what else a publisher says about it, and what it is told.
// Part of backplane.hpp. Values: any thread.
//
//   struct BookingCancelled {
//     BACKPLANE_EVENT("booking.cancelled", booking_id, reason);
//     std::string booking_id, reason;
//   };
//
//   host().publish(BookingCancelled{"b7", "rain"});
//   host().publish(BookingCancelled{"b7", "rain"}, PublishOptions().key("b7").durable());
#pragma once

#include <backplane/events.h>
#include <backplane/fields.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace backplane::sdk {

// What a publisher waits for.
enum class Promise : std::uint32_t {
  queued = BP_PROMISE_QUEUED,    // it is on its way into the event log, and in it before anybody is called
  memory = BP_PROMISE_MEMORY,    // less: not in the log, durable subscriptions are not given it
  durable = BP_PROMISE_DURABLE,  // more: in the log and on disk
};

// What a publisher may say about an event besides its type and payload. Keeps copies of its texts.
class PublishOptions {
 public:
  // Events of one key reach a subscription in the order of their publication; at most 256 bytes. Without: the id of the
  // resource whose operation, or the key of the event, that is being handled; else none.
  PublishOptions& key(std::string_view value) {
    key_ = value;
    return *this;
  }
  // The same id is the same event: one that the log knows is not published again. At most 128 bytes. Without: a UUIDv7.
  PublishOptions& event_id(std::string_view value) {
    event_id_ = value;
    return *this;
  }
  // Who caused it. Without: the actor of what is being handled, else this plugin.
  PublishOptions& actor(std::string_view value) {
    actor_ = value;
    return *this;
  }
  // When it happened, kept to the microsecond. Without: now.
  PublishOptions& time(std::chrono::system_clock::time_point value) {
    return time_us(std::chrono::duration_cast<std::chrono::microseconds>(value.time_since_epoch()).count());
  }
  PublishOptions& time_us(std::int64_t value) {  // microseconds since 1970-01-01 UTC
    time_us_ = value;
    return *this;
  }
  // Waits until the event is on disk; or keeps it out of the log, for what is frequent and soon worthless. Not for
  // enlisted events, which share the fate of their operation.
  PublishOptions& durable() { return promise(Promise::durable); }
  PublishOptions& in_memory() { return promise(Promise::memory); }
  PublishOptions& promise(Promise value) {
    promise_ = value;
    return *this;
  }

  // An event with these options as the C interface takes it; it refers to them and to both texts.
  bp_publication c(std::string_view type, std::string_view json) const;

 private:
  std::string key_, event_id_, actor_;
  std::int64_t time_us_ = 0;
  Promise promise_ = Promise::queued;
};

inline bp_publication PublishOptions::c(std::string_view type, std::string_view json) const {
  bp_publication publication{};
  publication.struct_size = sizeof publication;
  publication.promise = static_cast<std::uint32_t>(promise_);
  publication.event_type = detail::to_c(type);
  publication.payload = detail::to_c(json);
  publication.key = detail::to_c(key_);
  publication.event_id = detail::to_c(event_id_);
  publication.actor = detail::to_c(actor_);
  publication.time_us = time_us_;
  return publication;
}

// Where a published event lies.
struct Published {
  std::uint64_t position = 0;  // in the event log; 0: not in it, or not yet
  bool known = false;          // the log knew its id: nobody was called, position is the first one's
};

namespace detail {

template <class T, class = void>
struct IsEvent : std::false_type {};
template <class T>
struct IsEvent<T, std::void_t<decltype(T::event_type()), decltype(T::backplane_names())>> : std::true_type {};

// Lets a function take structs made by BACKPLANE_EVENT only.
template <class E>
using ForEvent = std::enable_if_t<IsEvent<E>::value, int>;

// 1 to 16 segments of [a-z0-9_-] between dots, at most 255 bytes.
constexpr bool is_event_type(std::string_view text) {
  std::size_t segments = 1, length = 0;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!plain && (c != '.' || length == 0)) return false;
    segments += plain ? 0 : 1;
    length = plain ? length + 1 : 0;
  }
  return length > 0 && segments <= 16 && text.size() <= 255;
}

// The macro's arguments without the first one, the event's type: as text, and as references.
constexpr std::string_view names_after_type(std::string_view arguments) {
  const std::size_t comma = arguments.find(',');
  return comma == std::string_view::npos ? std::string_view() : arguments.substr(comma + 2);
}
template <class... Fields>
constexpr std::tuple<Fields&...> fields_after_type(std::string_view, Fields&... fields) {
  return std::tuple<Fields&...>(fields...);
}

// The host's functions of events as this header knows them; see complete(const bp_host&).
inline bp_events complete(const bp_events& events) {
  bp_events table{};
  const std::size_t size = events.struct_size < sizeof table ? events.struct_size : sizeof table;
  std::memcpy(&table, &events, size - size % sizeof(void*));
  table.struct_size = sizeof table;
  offer(table.subscribe);
  offer(table.publish);
  offer(table.enlist);
  offer(table.retry_after);
  offer(table.snooze);
  offer(table.reject);
  offer(table.remaining_us);
  return table;
}

inline const bp_events* find_events(const bp_host& host, bp_self* self) {
  return static_cast<const bp_events*>(host.get_interface(self, to_c(BP_EVENTS_NAME)));
}

inline Error no_events(std::string_view what) {
  return Error(Status::unsupported,
               std::string(what) + ": wanted a host that offers \"" BP_EVENTS_NAME "\", found one without events");
}

inline bp_events events_of(const bp_host& host, bp_self* self, std::string_view what) {
  if (const auto* events = find_events(host, self)) return complete(*events);
  throw no_events(what);
}

}  // namespace detail
}  // namespace backplane::sdk

// BACKPLANE_EVENT("booking.cancelled", booking_id, reason) inside a struct: its event type, then the data members that
// are its payload; see fields.hpp for what they may be. An event type is 1 to 16 segments of [a-z0-9_-] between dots,
// at most 255 bytes. The struct stays an aggregate; BookingCancelled::event_type() tells the type.
#define BACKPLANE_EVENT(...)                                                                                       \
  static constexpr std::string_view event_type() { return BACKPLANE_EVENT_FIRST_(__VA_ARGS__, ); }                 \
  auto backplane_fields() { return ::backplane::sdk::detail::fields_after_type(__VA_ARGS__); }                     \
  auto backplane_fields() const { return ::backplane::sdk::detail::fields_after_type(__VA_ARGS__); }               \
  static constexpr std::string_view backplane_names() {                                                            \
    return ::backplane::sdk::detail::names_after_type(#__VA_ARGS__);                                               \
  }                                                                                                                \
  static_assert(::backplane::sdk::detail::is_event_type(BACKPLANE_EVENT_FIRST_(__VA_ARGS__, )) &&                  \
                    ::backplane::sdk::detail::are_names(::backplane::sdk::detail::names_after_type(#__VA_ARGS__)), \
                "BACKPLANE_EVENT wants an event type, such as \"booking.cancelled\", and the names of data members")
#define BACKPLANE_EVENT_FIRST_(first, ...) first
