#include "store/sqlite/event_retain.hpp"

#include <algorithm>

#include "store/sqlite/event_append.hpp"
#include "store/sqlite/event_rows.hpp"
#include "store/sqlite/event_span.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr std::uint64_t everywhere = std::numeric_limits<std::int64_t>::max();

// Unless ?2 says otherwise, events that are an exception of a subscription are passed over, dead ones too: they can be
// delivered again only as long as they are there.
#define BACKPLANE_FREE_EVENT "(?2 = 1 OR NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.position = event.position))"

// What a call works on.
struct Extent {
  LogTotals totals;
  EventSpan span;
  std::uint64_t beyond = 0;  // positions up to here are beyond the limits of age and count
  std::uint64_t floor = 0;   // positions behind it are unread by some subscription
};

base::Result<std::uint64_t> lowest_floor(Connection& connection, const Retention& retention) {
  static constexpr Sql select{"SELECT min(floor), count(*) FROM subscription"};
  if (retention.unread == Retention::Unread::dropped) return everywhere;
  BACKPLANE_TRY(Statement statement, connection.use(select));
  BACKPLANE_TRY(const bool row, statement.step());
  return row && statement.count(1) > 0 ? statement.count(0) : everywhere;
}

base::Result<Extent> extent_of(Connection& connection, const Retention& retention, base::UtcTime now) {
  Extent extent;
  BACKPLANE_TRY(extent.totals, read_totals(connection));
  BACKPLANE_TRY(extent.span, whole_log(connection));
  BACKPLANE_TRY(extent.floor, lowest_floor(connection, retention));
  if (extent.span.is_empty()) return extent;
  if (retention.max_events != 0 && extent.totals.last_position > retention.max_events)
    extent.beyond = extent.totals.last_position - retention.max_events;
  if (retention.max_age.count() != 0) {
    BACKPLANE_TRY(const std::uint64_t kept, first_recorded_at(connection, extent.span, now - retention.max_age));
    extent.beyond = std::max(extent.beyond, kept - 1);
  }
  return extent;
}

// What is to be removed.
struct Removal {
  EventSpan span;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  bool more = false;
};

base::Result<Removal> plan_removal(Connection& connection, const Retention& retention, const Extent& extent) {
  static constexpr Sql select{"SELECT " BACKPLANE_EVENT_COLUMNS " FROM event WHERE position >= ?1 AND position <= ?3 AND " BACKPLANE_FREE_EVENT
                              " ORDER BY position"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind_count(1, extent.span.first);
  statement.bind(2, std::int64_t{retention.unread == Retention::Unread::dropped});
  statement.bind_count(3, std::min(extent.span.last, extent.floor));
  Removal removal;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return removal;
    const bool too_large = retention.max_bytes != 0 && extent.totals.bytes > retention.max_bytes + removal.bytes;
    if (statement.count(0) > extent.beyond && !too_large) return removal;
    removal.more = removal.events == retention.most;
    if (removal.more) return removal;
    if (removal.events++ == 0) removal.span.first = statement.count(0);
    removal.span.last = statement.count(0);
    removal.bytes += bytes_of_row(statement);
  }
}

base::Result<void> remove(Connection& connection, const Retention& retention, const Removal& removal) {
  static constexpr Sql sql{"DELETE FROM event WHERE position >= ?1 AND position <= ?3 AND " BACKPLANE_FREE_EVENT};
  BACKPLANE_TRY(Statement statement, connection.use(sql));
  statement.bind_count(1, removal.span.first);
  statement.bind(2, std::int64_t{retention.unread == Retention::Unread::dropped});
  statement.bind_count(3, removal.span.last);
  return statement.run();
}

// About how many are kept for a subscription: counted where there are few of them, reckoned where there may be millions.
base::Result<std::uint64_t> count_held(Connection& connection, const Retention& retention, const Extent& extent) {
  static constexpr Sql select{
      "SELECT count(*) FROM event WHERE position IN (SELECT position FROM delivery WHERE position <= ?1)"};
  if (extent.span.is_empty() || retention.unread == Retention::Unread::dropped) return 0;
  std::uint64_t beyond = extent.beyond;
  if (retention.max_bytes != 0 && extent.totals.bytes > retention.max_bytes) {
    const std::uint64_t each = std::max<std::uint64_t>(1, extent.totals.bytes / std::max<std::uint64_t>(1, extent.totals.events));
    beyond = std::max(beyond, extent.span.first + (extent.totals.bytes - retention.max_bytes) / each);
  }
  beyond = std::min(beyond, extent.span.last);
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind_count(1, std::min(beyond, extent.floor));
  BACKPLANE_TRY(const bool row, statement.step());
  const std::uint64_t exceptions = row ? statement.count(0) : 0;
  const std::uint64_t read = std::max(extent.floor, extent.span.first - 1);
  return exceptions + (beyond > read ? beyond - read : 0);
}

}  // namespace

base::Result<Retained> retain_events(Connection& connection, const Retention& retention, base::UtcTime now) {
  BACKPLANE_TRY(Extent extent, extent_of(connection, retention, now));
  Retained retained;
  if (extent.span.is_empty()) return retained;
  BACKPLANE_TRY(const Removal removal, plan_removal(connection, retention, extent));
  if (removal.events > 0) {
    BACKPLANE_CHECK(remove(connection, retention, removal));
    extent.totals.events -= removal.events;
    extent.totals.bytes -= removal.bytes;
    extent.totals.removed_up_to = std::max(extent.totals.removed_up_to, removal.span.last);
    BACKPLANE_CHECK(write_totals(connection, extent.totals));
    BACKPLANE_TRY(extent.span, whole_log(connection));
  }
  retained.removed = removal.events;
  retained.more = removal.more;
  BACKPLANE_TRY(retained.held_by_unread, count_held(connection, retention, extent));
  return retained;
}

}  // namespace backplane::store::sqlite
