#include "store/sqlite/delivery_rows.hpp"

#include "store/sqlite/event_query.hpp"
#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {
namespace {

#define BACKPLANE_CURSOR_COLUMNS "name, floor, generation, replay_up_to, paused, created_at, updated_at"
#define BACKPLANE_DELIVERY_COLUMNS "position, state, attempts, next_at, key, error, updated_at"

Cursor read_cursor_row(const Statement& row) {
  Cursor cursor;
  cursor.subscription = row.text(0);
  cursor.floor = row.count(1);
  cursor.generation = row.count(2);
  cursor.replay_up_to = row.count(3);
  cursor.paused = row.integer(4) != 0;
  cursor.created_at = time_from(row.integer(5));
  cursor.updated_at = time_from(row.integer(6));
  return cursor;
}

Delivery read_delivery(const Statement& row, int column) {
  Delivery delivery;
  delivery.position = row.count(column);
  delivery.state = static_cast<DeliveryState>(row.integer(column + 1));
  delivery.attempts = static_cast<std::uint32_t>(row.integer(column + 2));
  delivery.next_at = time_from(row.integer(column + 3));
  delivery.key = row.text(column + 4);
  delivery.error = row.text(column + 5);
  delivery.updated_at = time_from(row.integer(column + 6));
  return delivery;
}

// Runs a statement with numbers for its parameters.
base::Result<void> run(Connection& connection, const Sql& sql, std::initializer_list<std::int64_t> numbers) {
  BACKPLANE_TRY(Statement statement, connection.use(sql));
  int parameter = 0;
  for (const std::int64_t number : numbers) statement.bind(++parameter, number);
  return statement.run();
}

base::Result<void> put_delivery(Connection& connection, std::int64_t cursor, const Delivery& delivery) {
  static constexpr Sql put{
      "INSERT INTO delivery (subscription, " BACKPLANE_DELIVERY_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8) "
      "ON CONFLICT (subscription, position) DO UPDATE SET state = ?3, attempts = ?4, next_at = ?5, key = ?6, error = ?7, "
      "updated_at = ?8"};
  BACKPLANE_TRY(Statement statement, connection.use(put));
  statement.bind(1, cursor);
  statement.bind_count(2, delivery.position);
  statement.bind(3, static_cast<std::int64_t>(delivery.state));
  statement.bind(4, std::int64_t{delivery.attempts});
  statement.bind(5, micros(delivery.next_at));
  statement.bind(6, std::string_view(delivery.key));
  statement.bind(7, std::string_view(delivery.error));
  statement.bind(8, micros(delivery.updated_at));
  return statement.run();
}

// With the names of subscriptions; what follows is put behind.
#define BACKPLANE_SELECT_DEAD                                                                                         \
  "SELECT d.id, s.name, d.position, d.state, d.attempts, d.next_at, d.key, d.error, d.updated_at FROM delivery d "    \
  "JOIN subscription s ON s.id = d.subscription "

DeadLetter read_dead_letter(const Statement& row) { return {row.count(0), std::string(row.text(1)), read_delivery(row, 2)}; }

base::Error no_such_dead_letter(std::uint64_t id) {
  return {base::Code::not_found, "dead letter " + std::to_string(id) + ": no such dead letter"};
}

}  // namespace

base::Result<std::optional<StoredCursor>> find_cursor(Connection& connection, const std::string& subscription) {
  static constexpr Sql select{"SELECT " BACKPLANE_CURSOR_COLUMNS ", id FROM subscription WHERE name = ?1"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, std::string_view(subscription));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<StoredCursor>();
  return std::optional(StoredCursor{statement.integer(7), read_cursor_row(statement)});
}

base::Result<StoredCursor> expect_cursor(Connection& connection, const std::string& subscription) {
  BACKPLANE_TRY(std::optional<StoredCursor> found, find_cursor(connection, subscription));
  if (found) return std::move(*found);
  return base::Error{base::Code::not_found, "subscription '" + subscription + "': no such durable subscription"};
}

base::Result<std::vector<Cursor>> list_cursors(Connection& connection) {
  static constexpr Sql select{"SELECT " BACKPLANE_CURSOR_COLUMNS " FROM subscription ORDER BY name"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  std::vector<Cursor> cursors;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return cursors;
    cursors.push_back(read_cursor_row(statement));
  }
}

base::Result<std::vector<Delivery>> list_exceptions(Connection& connection, const std::string& subscription) {
  static constexpr Sql select{"SELECT " BACKPLANE_DELIVERY_COLUMNS
                              " FROM delivery WHERE subscription = (SELECT id FROM subscription WHERE name = ?1) AND (state <> 4 OR "
                              "position > (SELECT max(floor, replay_up_to) FROM subscription WHERE name = ?1)) ORDER BY position"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, std::string_view(subscription));
  std::vector<Delivery> deliveries;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return deliveries;
    deliveries.push_back(read_delivery(statement, 0));
  }
}

base::Result<std::vector<DeadLetter>> list_dead_letters(Connection& connection, const DeadLetterQuery& query) {
  std::string sql = BACKPLANE_SELECT_DEAD;
  if (query.pattern && *query.pattern != "*") {
    BACKPLANE_TRY(const std::string types, types_list(connection, *query.pattern));
    sql += "JOIN event e ON e.position = d.position AND e.type IN (" + types + ") ";
  }
  sql += "WHERE d.state = 4 AND d.id > ?1 AND (?2 = '' OR s.name = ?2) ORDER BY d.id LIMIT ?3";
  BACKPLANE_TRY(Statement statement, connection.use_text(sql));
  const std::string subscription = query.subscription.value_or("");
  statement.bind_count(1, query.after);
  statement.bind(2, std::string_view(subscription));
  statement.bind_count(3, query.limit);
  std::vector<DeadLetter> letters;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return letters;
    letters.push_back(read_dead_letter(statement));
  }
}

base::Result<DeadLetter> find_dead_letter(Connection& connection, std::uint64_t id) {
  static constexpr Sql select{BACKPLANE_SELECT_DEAD "WHERE d.id = ?1 AND d.state = 4"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind_count(1, id);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return no_such_dead_letter(id);
  return read_dead_letter(statement);
}

base::Result<void> insert_cursor(Connection& connection, const Cursor& cursor) {
  static constexpr Sql insert{"INSERT INTO subscription (" BACKPLANE_CURSOR_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7)"};
  BACKPLANE_TRY(Statement statement, connection.use(insert));
  statement.bind(1, std::string_view(cursor.subscription));
  statement.bind_count(2, cursor.floor);
  statement.bind_count(3, cursor.generation);
  statement.bind_count(4, cursor.replay_up_to);
  statement.bind(5, std::int64_t{cursor.paused});
  statement.bind(6, micros(cursor.created_at));
  statement.bind(7, micros(cursor.updated_at));
  return statement.run();
}

base::Result<void> update_cursor(Connection& connection, const StoredCursor& stored) {
  static constexpr Sql update{
      "UPDATE subscription SET floor = ?2, generation = ?3, replay_up_to = ?4, paused = ?5, updated_at = ?6 WHERE id = ?1"};
  const Cursor& cursor = stored.cursor;
  return run(connection, update,
             {stored.row, static_cast<std::int64_t>(cursor.floor), static_cast<std::int64_t>(cursor.generation),
              static_cast<std::int64_t>(cursor.replay_up_to), std::int64_t{cursor.paused}, micros(cursor.updated_at)});
}

base::Result<void> keep_progress(Connection& connection, const Progress& progress) {
  static constexpr Sql remove{"DELETE FROM delivery WHERE subscription = ?1 AND position = ?2"};
  BACKPLANE_TRY(std::optional<StoredCursor> found, find_cursor(connection, progress.subscription));
  if (!found || found->cursor.generation != progress.generation) return base::ok();
  if (progress.floor && *progress.floor > found->cursor.floor) {
    found->cursor.floor = *progress.floor;
    found->cursor.updated_at = std::max(found->cursor.updated_at, progress.time);
    BACKPLANE_CHECK(update_cursor(connection, *found));
  }
  for (const std::uint64_t position : progress.removed)
    BACKPLANE_CHECK(run(connection, remove, {found->row, static_cast<std::int64_t>(position)}));
  for (const Delivery& delivery : progress.put) BACKPLANE_CHECK(put_delivery(connection, found->row, delivery));
  return base::ok();
}

base::Result<void> remove_exceptions(Connection& connection, std::int64_t cursor, std::uint64_t floor) {
  static constexpr Sql remove{"DELETE FROM delivery WHERE subscription = ?1 AND state <> 4 AND position > ?2"};
  return run(connection, remove, {cursor, static_cast<std::int64_t>(floor)});
}

base::Result<void> remove_cursor(Connection& connection, std::int64_t cursor) {
  static constexpr Sql deliveries{"DELETE FROM delivery WHERE subscription = ?1"};
  static constexpr Sql subscription{"DELETE FROM subscription WHERE id = ?1"};
  BACKPLANE_CHECK(run(connection, deliveries, {cursor}));
  return run(connection, subscription, {cursor});
}

base::Result<void> revive(Connection& connection, std::uint64_t dead_letter, base::UtcTime now) {
  static constexpr Sql update{"UPDATE delivery SET state = 2, attempts = 0, next_at = ?2, updated_at = ?2 WHERE id = ?1"};
  return run(connection, update, {static_cast<std::int64_t>(dead_letter), micros(now)});
}

base::Result<void> remove_dead_letter(Connection& connection, std::uint64_t id) {
  static constexpr Sql remove{"DELETE FROM delivery WHERE id = ?1 AND state = 4"};
  BACKPLANE_CHECK(run(connection, remove, {static_cast<std::int64_t>(id)}));
  if (connection.changed_rows() == 0) return no_such_dead_letter(id);
  return base::ok();
}

}  // namespace backplane::store::sqlite
