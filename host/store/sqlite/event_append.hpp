// Puts events into the log inside the writer's transaction, and keeps the row that says what the log holds. The writer's thread.
#pragma once

#include <cstdint>
#include <optional>

#include "store/event_log.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"

namespace backplane::store::sqlite {

// The log as a whole.
struct LogTotals {
  std::uint64_t last_position = 0;    // the greatest ever given
  std::int64_t last_recorded_at = 0;  // microseconds
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t removed_up_to = 0;  // the greatest position that was removed
  bool operator==(const LogTotals&) const = default;
};

base::Result<LogTotals> read_totals(Connection& connection);
base::Result<void> write_totals(Connection& connection, const LogTotals& totals);

class EventAppender {
 public:
  explicit EventAppender(Connection& connection) : connection_(connection) {}

  // A new transaction begins, whose totals are read when they are needed first.
  void begin();

  // Appends the event unless its tenant has one of that id in the log.
  base::Result<Appended> append(model::Event event, base::UtcTime now);

  // Empties the payloads of all events about a resource, and the texts of errors about them, which may quote.
  base::Result<void> empty_payloads(const std::string& tenant, const std::string& subject);

  // Where the transaction is, to come back to when what follows is undone.
  using Mark = std::optional<LogTotals>;
  Mark mark() const { return totals_; }
  void back_to(const Mark& mark);

  // Before the commit.
  base::Result<void> finish();

  // The last position, if the transaction has appended any.
  std::optional<std::uint64_t> appended_up_to() const;

 private:
  base::Result<LogTotals*> totals();
  base::Result<void> bind_names(Statement& statement, const model::Event& event);
  base::Result<bool> insert(const model::Event& event);
  base::Result<std::uint64_t> find(const model::Event& event);

  Connection& connection_;
  Names names_;
  std::optional<LogTotals> totals_, found_;  // as they are now, and as the transaction found them
};

}  // namespace backplane::store::sqlite
