#include "store/sqlite/event_span.hpp"

#include <random>

#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr std::size_t samples = 32;

}  // namespace

base::Result<EventSpan> whole_log(Connection& connection) {
  static constexpr Sql select{"SELECT (SELECT min(position) FROM event), (SELECT max(position) FROM event)"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  BACKPLANE_TRY(const bool row, statement.step());
  if (!row || statement.count(0) == 0) return EventSpan{};
  return EventSpan{statement.count(0), statement.count(1)};
}

base::Result<std::uint64_t> first_recorded_at(Connection& connection, EventSpan span, base::UtcTime time) {
  static constexpr Sql select{"SELECT position, recorded_at FROM event WHERE position >= ?1 ORDER BY position LIMIT 1"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  std::uint64_t low = span.first, high = span.last + 1;  // what is sought is in [low, high]
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    statement.reset();
    statement.bind_count(1, middle);
    BACKPLANE_TRY(const bool row, statement.step());
    if (row && statement.integer(1) < micros(time)) low = statement.count(0) + 1;
    else high = middle;
  }
  return std::min(low, span.last + 1);
}

// At random: at regular distances events might repeat in the same rhythm.
base::Result<std::vector<Sampled>> sample(Connection& connection, EventSpan span) {
  static constexpr Sql select{"SELECT type, tenant FROM event WHERE position >= ?1 ORDER BY position LIMIT 1"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  std::minstd_rand random(1);
  std::uniform_int_distribution<std::uint64_t> positions(span.first, span.last);
  std::vector<Sampled> found;
  for (std::size_t i = 0; i < samples; ++i) {
    statement.reset();
    statement.bind_count(1, positions(random));
    BACKPLANE_TRY(const bool row, statement.step());
    if (row) found.push_back({statement.integer(0), statement.integer(1)});
  }
  return found;
}

}  // namespace backplane::store::sqlite
