// The rows of durable subscriptions: their cursors, the exceptions behind their floors, and dead letters. See deliveries.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/deliveries.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

struct StoredCursor {
  std::int64_t row = 0;
  Cursor cursor;
};

base::Result<std::optional<StoredCursor>> find_cursor(Connection& connection, const std::string& subscription);
// The same where there must be one: not_found.
base::Result<StoredCursor> expect_cursor(Connection& connection, const std::string& subscription);
base::Result<std::vector<Cursor>> list_cursors(Connection& connection);

// Those of the subscription that are not dead, in the order of positions.
base::Result<std::vector<Delivery>> list_exceptions(Connection& connection, const std::string& subscription);

base::Result<std::vector<DeadLetter>> list_dead_letters(Connection& connection, const DeadLetterQuery& query);
base::Result<DeadLetter> find_dead_letter(Connection& connection, std::uint64_t id);

// ---- inside the writer's transaction ----

base::Result<void> insert_cursor(Connection& connection, const Cursor& cursor);
// Writes all but the name and the time of its making.
base::Result<void> update_cursor(Connection& connection, const StoredCursor& stored);
base::Result<void> keep_progress(Connection& connection, const Progress& progress);
base::Result<void> remove_exceptions(Connection& connection, std::int64_t cursor, std::uint64_t floor);  // beyond it
base::Result<void> remove_cursor(Connection& connection, std::int64_t cursor);
base::Result<void> revive(Connection& connection, std::uint64_t dead_letter, base::UtcTime now);
base::Result<void> remove_dead_letter(Connection& connection, std::uint64_t id);

}  // namespace backplane::store::sqlite
