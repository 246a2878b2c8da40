#include "store/sqlite/sqlite_event_log.hpp"

#include "store/sqlite/event_append.hpp"
#include "store/sqlite/event_query.hpp"
#include "store/sqlite/event_retain.hpp"
#include "store/sqlite/event_rows.hpp"
#include "store/sqlite/read.hpp"

namespace backplane::store::sqlite {
namespace {

// Events whose removal fits into the ballast in any case.
constexpr std::size_t least_at_once = 200;

base::Result<std::uint64_t> read_all(const ReaderPool::Lease& lease, const EventQuery& query, Direction direction,
                            const std::function<bool(const model::Event&)>& each) {
  Connection& connection = lease.connection();
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(connection));
  BACKPLANE_TRY(const LogTotals totals, read_totals(connection));
  BACKPLANE_TRY(const std::optional<Query> made, event_query(connection, lease.names(), query, direction));
  if (!made) return totals.removed_up_to;
  BACKPLANE_TRY(Statement statement, connection.use_text(made->sql));
  for (std::size_t i = 0; i < made->parameters.size(); ++i) statement.bind(static_cast<int>(i) + 1, made->parameters[i]);
  EventRow row(connection, lease.names());
  for (;;) {
    BACKPLANE_TRY(const bool found, statement.step());
    if (!found) return totals.removed_up_to;
    BACKPLANE_TRY(const model::Event* const event, row.read(statement));
    if (!each(*event)) return totals.removed_up_to;
  }
}

}  // namespace

base::Result<std::uint64_t> SqliteEventLog::read_events(const EventQuery& query, const std::function<bool(const model::Event&)>& each) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return read_all(lease, query, Direction::forward, each);
}

base::Result<std::uint64_t> SqliteEventLog::read_events_backwards(const EventQuery& query,
                                                         const std::function<bool(const model::Event&)>& each) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return read_all(lease, query, Direction::backward, each);
}

base::Result<model::Event> SqliteEventLog::event_at(std::uint64_t position) {
  static constexpr Sql select{"SELECT " BACKPLANE_EVENT_COLUMNS " FROM event WHERE position = ?1"};
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  BACKPLANE_TRY(Statement statement, lease.connection().use(select));
  statement.bind_count(1, position);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found)
    return base::Error{base::Code::not_found, "the event log: no event at position " + std::to_string(position)};
  EventRow row(lease.connection(), lease.names());
  BACKPLANE_CHECK(row.read(statement));
  return row.take();
}

base::Result<Retained> SqliteEventLog::retain(const Retention& retention, base::UtcTime now) {
  Retention step = retention;
  Retained retained;
  for (;;) {
    auto done = writer_.run([&](Connection& connection) -> base::Result<void> {
      BACKPLANE_TRY(retained, retain_events(connection, step, now));
      return base::ok();
    });
    if (done) return retained;
    if (done.error().code != base::Code::storage || step.most <= least_at_once) return std::move(done).error();
    step.most /= 8;  // a full disk may have room for less
  }
}

}  // namespace backplane::store::sqlite
