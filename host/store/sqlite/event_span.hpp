// Parts of the event log by time and what they hold, without an index for it: positions and times grow together. Reads on
// any connection.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

// Positions from `first` to `last`, both inclusive; none when first > last.
struct EventSpan {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  bool is_empty() const { return first > last; }
  std::uint64_t size() const { return is_empty() ? 0 : last - first + 1; }
};

// From the first event in the log to the last one.
base::Result<EventSpan> whole_log(Connection& connection);

// The first position within `span` whose event was recorded at `time` or later; span.last + 1: none.
base::Result<std::uint64_t> first_recorded_at(Connection& connection, EventSpan span, base::UtcTime time);

// Types and tenants of a few events somewhere in the span.
struct Sampled {
  std::int64_t type = 0;
  std::int64_t tenant = 0;
};
base::Result<std::vector<Sampled>> sample(Connection& connection, EventSpan span);

}  // namespace backplane::store::sqlite
