#include "store/sqlite/event_append.hpp"

#include <algorithm>

#include "store/sqlite/event_rows.hpp"
#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {

base::Result<LogTotals> read_totals(Connection& connection) {
  static constexpr Sql select{"SELECT last_position, last_recorded_at, events, bytes, removed_up_to FROM event_log"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return base::Error{base::Code::storage, "the event log: wanted the row of its totals, found none"};
  return LogTotals{statement.count(0), statement.integer(1), statement.count(2), statement.count(3), statement.count(4)};
}

base::Result<void> write_totals(Connection& connection, const LogTotals& totals) {
  static constexpr Sql update{
      "UPDATE event_log SET last_position = ?1, last_recorded_at = ?2, events = ?3, bytes = ?4, removed_up_to = ?5"};
  BACKPLANE_TRY(Statement statement, connection.use(update));
  statement.bind_count(1, totals.last_position);
  statement.bind(2, totals.last_recorded_at);
  statement.bind_count(3, totals.events);
  statement.bind_count(4, totals.bytes);
  statement.bind_count(5, totals.removed_up_to);
  return statement.run();
}

void EventAppender::begin() {
  names_.begin();
  totals_.reset();
  found_.reset();
}

void EventAppender::back_to(const Mark& mark) {
  names_.forget_added();
  totals_ = mark ? mark : found_;
}

base::Result<LogTotals*> EventAppender::totals() {
  if (!totals_) {
    BACKPLANE_TRY(totals_, read_totals(connection_));
    found_ = totals_;
  }
  return &*totals_;
}

base::Result<void> EventAppender::bind_names(Statement& statement, const model::Event& event) {
  BACKPLANE_TRY(const std::int64_t type, names_.find_or_add(connection_, NameKind::type, event.type));
  BACKPLANE_TRY(const std::int64_t tenant, names_.find_or_add(connection_, NameKind::tenant, event.tenant));
  BACKPLANE_TRY(const std::int64_t actor, names_.find_or_add(connection_, NameKind::actor, event.actor));
  BACKPLANE_TRY(const std::int64_t source, names_.find_or_add(connection_, NameKind::source, event.source));
  statement.bind(3, type);
  statement.bind(4, tenant);
  statement.bind(5, actor);
  statement.bind(6, source);
  return base::ok();
}

// False: its tenant has the id in the log.
base::Result<bool> EventAppender::insert(const model::Event& event) {
  static constexpr Sql sql{"INSERT INTO event (" BACKPLANE_EVENT_COLUMNS
                           ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) ON CONFLICT (id, tenant) DO NOTHING"};
  BACKPLANE_TRY(Statement statement, connection_.use(sql));
  statement.bind_count(1, event.position);
  statement.bind(2, std::string_view(event.id));
  BACKPLANE_CHECK(bind_names(statement, event));
  statement.bind(7, micros(event.time));
  statement.bind(8, micros(event.recorded_at));
  statement.bind(9, std::int64_t{event.depth});
  statement.bind(10, std::string_view(event.key));
  statement.bind(11, std::string_view(event.correlation_id));
  statement.bind(12, std::string_view(event.causation_id));
  statement.bind(13, std::string_view(event.subject));
  statement.bind(14, event.payload.text());
  BACKPLANE_CHECK(statement.run());
  return connection_.changed_rows() > 0;
}

base::Result<std::uint64_t> EventAppender::find(const model::Event& event) {
  static constexpr Sql select{"SELECT position FROM event WHERE id = ?1 AND tenant = ?2"};
  BACKPLANE_TRY(const std::int64_t tenant, names_.find_or_add(connection_, NameKind::tenant, event.tenant));
  BACKPLANE_TRY(Statement statement, connection_.use(select));
  statement.bind(1, std::string_view(event.id));
  statement.bind(2, tenant);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return base::Error{base::Code::internal, "event " + event.id + ": it is neither new nor in the log"};
  return statement.count(0);
}

base::Result<Appended> EventAppender::append(model::Event event, base::UtcTime now) {
  BACKPLANE_TRY(LogTotals* const log, totals());
  event.position = log->last_position + 1;
  event.recorded_at = std::max(now, time_from(log->last_recorded_at));
  BACKPLANE_TRY(const bool is_new, insert(event));
  if (!is_new) {
    BACKPLANE_TRY(event.position, find(event));
    return Appended{event.position, false, std::move(event)};
  }
  log->last_position = event.position;
  log->last_recorded_at = micros(event.recorded_at);
  ++log->events;
  log->bytes += bytes_of(event);
  return Appended{event.position, true, std::move(event)};
}

base::Result<void> EventAppender::empty_payloads(const std::string& tenant, const std::string& subject) {
#define BACKPLANE_EVENTS_ABOUT " FROM event WHERE subject = ?1 AND subject <> '' AND tenant = ?2"
  static constexpr Sql measure{"SELECT count(*), coalesce(sum(length(CAST(payload AS BLOB)) - 2), 0)" BACKPLANE_EVENTS_ABOUT};
  static constexpr Sql errors{"UPDATE delivery SET error = '' WHERE position IN (SELECT position" BACKPLANE_EVENTS_ABOUT ")"};
  static constexpr Sql empty{"UPDATE event SET payload = '{}' WHERE subject = ?1 AND subject <> '' AND tenant = ?2"};
  BACKPLANE_TRY(const std::optional<std::int64_t> number, names_.find(connection_, NameKind::tenant, tenant));
  if (!number) return base::ok();
  const auto about = [&](const Sql& sql) -> base::Result<Statement> {
    BACKPLANE_TRY(Statement statement, connection_.use(sql));
    statement.bind(1, std::string_view(subject));
    statement.bind(2, *number);
    return statement;
  };
  BACKPLANE_TRY(Statement measuring, about(measure));
  BACKPLANE_TRY(const bool row, measuring.step());
  if (!row || measuring.integer(0) == 0) return base::ok();
  BACKPLANE_TRY(LogTotals* const log, totals());
  log->bytes -= measuring.count(1);
  for (const Sql* const sql : {&errors, &empty}) {
    BACKPLANE_TRY(Statement statement, about(*sql));
    BACKPLANE_CHECK(statement.run());
  }
  return base::ok();
}

base::Result<void> EventAppender::finish() {
  if (totals_ == found_) return base::ok();
  return write_totals(connection_, *totals_);
}

std::optional<std::uint64_t> EventAppender::appended_up_to() const {
  if (!totals_ || totals_->last_position == found_->last_position) return std::nullopt;
  return totals_->last_position;
}

}  // namespace backplane::store::sqlite
