// The event log of a store: events in the order in which they were committed, by position. Events come into it by
// Store::commit alone, with or without writes beside them.
//
// Positions grow and are never given twice; there may be gaps. An id is one event within a tenant: it is compared with
// those of the tenant's events still in the log. Every member function: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"

namespace backplane::store {

// Where an event lies in the log.
struct Appended {
  std::uint64_t position = 0;
  bool is_new = true;  // false: its tenant's id was in the log before; the position is that of the first
  model::Event event;  // as it was given; a new one with its position and the time of its record: ready to be delivered
};

// Which events. What is absent matches all.
struct EventQuery {
  std::string pattern = "*";            // of types: see model/event_pattern.hpp
  std::optional<std::string> tenant{};  // "" asks for those without one
  std::optional<std::string> actor{};
  std::optional<std::string> key{};
  std::optional<base::UtcTime> since{};  // recorded_at, inclusive
  std::optional<base::UtcTime> until{};  // recorded_at, exclusive
  std::uint64_t after = 0;               // position, exclusive
  std::uint64_t up_to = std::numeric_limits<std::int64_t>::max();  // position, inclusive
};

// What of the log is to be kept; 0: no limit of that kind.
struct Retention {
  base::UtcTime::duration max_age{};
  std::uint64_t max_events = 0;
  std::uint64_t max_bytes = 0;  // of payloads and envelopes, roughly: what SQLite's rows take
  enum class Unread { kept, dropped };
  Unread unread = Unread::kept;  // events that a durable subscription has not done with
  std::size_t most = 10'000;     // removed by one call, so that writers are not held up for long
};

struct Retained {
  std::uint64_t removed = 0;
  bool more = false;            // another call would remove more
  std::uint64_t held_by_unread = 0;  // about how many are beyond the limits and kept for a subscription
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Calls `each` with the events that match, in the order of their positions, all as of one moment, until it returns
  // false. Nothing is locked while `each` runs, which may commit and read; but the moment is held until the last call, and with it the
  // traces of what is purged meanwhile, and the room of what is written: slow readers read piece by piece. The event is
  // good until `each` returns. Returns how far retain() had come: up to that position events may be missing, and behind it none is.
  // invalid_argument: a pattern that is none.
  virtual base::Result<std::uint64_t> read_events(const EventQuery& query, const std::function<bool(const model::Event&)>& each) = 0;

  // The same backwards, from the last to the first.
  virtual base::Result<std::uint64_t> read_events_backwards(const EventQuery& query,
                                                            const std::function<bool(const model::Event&)>& each) = 0;

  // not_found: no such position (or no longer).
  virtual base::Result<model::Event> event_at(std::uint64_t position) = 0;

  // The last position that a commit has answered; 0: none yet. Costs a load.
  virtual std::uint64_t last_position() const = 0;

  // Removes the oldest events beyond the limits. Unless unread ones are dropped, it stops at the lowest floor of all durable
  // subscriptions, paused ones too, and passes over their exceptions and dead letters. `now` is the host's clock. Not from a Done.
  // When the disk is full, fewer may go at a time than were asked for (Retained::more).
  virtual base::Result<Retained> retain(const Retention& retention, base::UtcTime now) = 0;
};

}  // namespace backplane::store
