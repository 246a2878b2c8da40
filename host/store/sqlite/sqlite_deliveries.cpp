#include "store/sqlite/sqlite_deliveries.hpp"

#include <algorithm>

#include "store/sqlite/delivery_rows.hpp"
#include "store/sqlite/read.hpp"

namespace backplane::store::sqlite {

base::Result<Cursor> SqliteDeliveries::open_cursor(const std::string& subscription, std::uint64_t floor, base::UtcTime now) {
  {
    // Most are there from the last start: nothing is written for them.
    BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
    BACKPLANE_TRY(std::optional<StoredCursor> found, find_cursor(lease.connection(), subscription));
    if (found) return std::move(found->cursor);
  }
  Cursor cursor{subscription, floor, 1, 0, false, now, now};
  BACKPLANE_CHECK(writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(std::optional<StoredCursor> found, find_cursor(connection, subscription));
    if (!found) return insert_cursor(connection, cursor);
    cursor = std::move(found->cursor);
    return base::ok();
  }));
  return cursor;
}

base::Result<std::vector<Cursor>> SqliteDeliveries::cursors() {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return list_cursors(lease.connection());
}

base::Result<std::vector<Delivery>> SqliteDeliveries::exceptions(const std::string& subscription) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return list_exceptions(lease.connection(), subscription);
}

void SqliteDeliveries::keep(Progress progress, std::function<void(base::Result<void>)> done) {
  writer_.submit(std::move(progress), std::move(done));
}

base::Result<Cursor> SqliteDeliveries::rewind(const std::string& subscription, std::uint64_t floor,
                                              std::uint64_t replay_up_to, base::UtcTime now) {
  StoredCursor stored;
  BACKPLANE_CHECK(writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(stored, expect_cursor(connection, subscription));
    stored.cursor.floor = std::min(floor, stored.cursor.floor);
    stored.cursor.replay_up_to = replay_up_to;
    stored.cursor.updated_at = now;
    ++stored.cursor.generation;
    if (auto removed = remove_exceptions(connection, stored.row, stored.cursor.floor); !removed) return removed;
    return update_cursor(connection, stored);
  }));
  return std::move(stored.cursor);
}

base::Result<Cursor> SqliteDeliveries::pause(const std::string& subscription, bool paused, base::UtcTime now) {
  StoredCursor stored;
  BACKPLANE_CHECK(writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(stored, expect_cursor(connection, subscription));
    stored.cursor.paused = paused;
    stored.cursor.updated_at = now;
    return update_cursor(connection, stored);
  }));
  return std::move(stored.cursor);
}

base::Result<void> SqliteDeliveries::drop_cursor(const std::string& subscription) {
  return writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(const StoredCursor stored, expect_cursor(connection, subscription));
    return remove_cursor(connection, stored.row);
  });
}

base::Result<std::vector<DeadLetter>> SqliteDeliveries::dead_letters(const DeadLetterQuery& query) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  return list_dead_letters(lease.connection(), query);
}

base::Result<DeadLetter> SqliteDeliveries::dead_letter(std::uint64_t id) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return find_dead_letter(lease.connection(), id);
}

base::Result<DeadLetter> SqliteDeliveries::redrive(std::uint64_t id, base::UtcTime now) {
  DeadLetter letter;
  BACKPLANE_CHECK(writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(letter, find_dead_letter(connection, id));
    letter.delivery.state = DeliveryState::waiting;
    letter.delivery.attempts = 0;
    letter.delivery.next_at = letter.delivery.updated_at = now;
    return revive(connection, id, now);
  }));
  return letter;
}

base::Result<void> SqliteDeliveries::discard(std::uint64_t id) {
  return writer_.run([&](Connection& connection) { return remove_dead_letter(connection, id); });
}

}  // namespace backplane::store::sqlite
