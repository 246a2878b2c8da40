#include "store/sqlite/event_query.hpp"

#include <algorithm>
#include <vector>

#include "model/event_pattern.hpp"
#include "store/sqlite/event_rows.hpp"
#include "store/sqlite/event_span.hpp"

namespace backplane::store::sqlite {
namespace {

// A span this small is read whole: to look for a better way would cost as much.
constexpr std::uint64_t small_span = 2048;
// An index pays when it leads to less than one row in so many: each row is sought by itself.
constexpr std::size_t selective = 8;
// More types are not merged from their parts of the index.
constexpr std::size_t most_merged = 8;

base::Result<void> check_pattern(const std::string& pattern) {
  if (auto good = model::check_event_pattern(pattern); !good) return base::within("event pattern", std::move(good).error());
  return base::ok();
}

std::string joined(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

// What a query asks for, in numbers.
struct Wanted {
  std::optional<std::vector<std::int64_t>> types{};  // nothing: all
  std::optional<std::int64_t> tenant{}, actor{};
  bool nothing = false;  // a name that no event has
};

base::Result<Wanted> resolve(Connection& connection, Names& names, const EventQuery& query) {
  Wanted wanted;
  BACKPLANE_CHECK(check_pattern(query.pattern));
  if (query.pattern.find_first_of("*>") == std::string::npos) {
    BACKPLANE_TRY(const std::optional<std::int64_t> type, names.find(connection, NameKind::type, query.pattern));
    wanted.types = type ? std::vector{*type} : std::vector<std::int64_t>();
  } else if (query.pattern != "*") {
    BACKPLANE_TRY(wanted.types, types_matching(connection, query.pattern));
  }
  wanted.nothing = wanted.types && wanted.types->empty();
  if (query.tenant) {
    BACKPLANE_TRY(wanted.tenant, names.find(connection, NameKind::tenant, *query.tenant));
    wanted.nothing |= !wanted.tenant;
  }
  if (query.actor) {
    BACKPLANE_TRY(wanted.actor, names.find(connection, NameKind::actor, *query.actor));
    wanted.nothing |= !wanted.actor;
  }
  return wanted;
}

base::Result<EventSpan> span_of(Connection& connection, const EventQuery& query) {
  BACKPLANE_TRY(EventSpan span, whole_log(connection));
  span = {std::max(span.first, query.after + 1), std::min(span.last, query.up_to)};
  const EventSpan all = span;
  if (query.since && !span.is_empty()) {
    BACKPLANE_TRY(span.first, first_recorded_at(connection, all, *query.since));
  }
  if (query.until && !span.is_empty()) {
    BACKPLANE_TRY(const std::uint64_t end, first_recorded_at(connection, all, *query.until));
    span.last = end - 1;
  }
  return span;
}

enum class Way { scan, by_type, by_tenant };

base::Result<Way> choose(Connection& connection, const Wanted& wanted, EventSpan span) {
  const bool has_types = wanted.types && wanted.types->size() <= most_merged;
  const bool has_tenant = wanted.tenant && *wanted.tenant != 0;
  if (span.size() <= small_span || (!has_types && !has_tenant)) return Way::scan;
  BACKPLANE_TRY(const std::vector<Sampled> sampled, sample(connection, span));
  std::size_t of_types = has_types ? 0 : sampled.size(), of_tenant = has_tenant ? 0 : sampled.size();
  for (const Sampled& event : sampled) {
    if (has_types) of_types += std::count(wanted.types->begin(), wanted.types->end(), event.type) > 0;
    if (has_tenant) of_tenant += event.tenant == *wanted.tenant;
  }
  if (std::min(of_types, of_tenant) * selective > sampled.size()) return Way::scan;
  return of_types <= of_tenant ? Way::by_type : Way::by_tenant;
}

// ?1 and ?2 are the span, ?3 is the key.
std::string conditions(const Wanted& wanted, const EventQuery& query, Way way) {
  std::string sql = " AND position >= ?1 AND position <= ?2";
  if (wanted.types && way != Way::by_type) sql += " AND type IN (" + joined(*wanted.types) + ")";
  if (wanted.tenant) sql += " AND tenant = " + std::to_string(*wanted.tenant);
  if (wanted.actor) sql += " AND actor = " + std::to_string(*wanted.actor);
  if (query.key) sql += " AND key = ?3";
  return sql;
}

}  // namespace

base::Result<std::string> types_list(Connection& connection, const std::string& pattern) {
  BACKPLANE_CHECK(check_pattern(pattern));
  BACKPLANE_TRY(const std::vector<std::int64_t> types, types_matching(connection, pattern));
  return joined(types);
}

base::Result<std::optional<Query>> event_query(Connection& connection, Names& names, const EventQuery& query,
                                               Direction direction) {
  BACKPLANE_TRY(const Wanted wanted, resolve(connection, names, query));
  if (wanted.nothing) return std::optional<Query>();
  BACKPLANE_TRY(const EventSpan span, span_of(connection, query));
  if (span.is_empty()) return std::optional<Query>();
  BACKPLANE_TRY(const Way way, choose(connection, wanted, span));
  const std::string rest = conditions(wanted, query, way);
  const std::string select = "SELECT " BACKPLANE_EVENT_COLUMNS " FROM event ";
  Query made;
  switch (way) {
    case Way::scan: made.sql = select + "NOT INDEXED WHERE 1" + rest; break;
    case Way::by_tenant: made.sql = select + "INDEXED BY event_tenant WHERE tenant <> 0" + rest; break;
    case Way::by_type:
      for (const std::int64_t type : *wanted.types)
        made.sql += (made.sql.empty() ? "" : " UNION ALL ") + select + "INDEXED BY event_type WHERE type = " + std::to_string(type) + rest;
      break;
  }
  made.sql += direction == Direction::forward ? " ORDER BY position" : " ORDER BY position DESC";
  made.parameters = {static_cast<std::int64_t>(span.first), static_cast<std::int64_t>(span.last)};
  if (query.key) made.parameters.emplace_back(*query.key);
  return std::optional(std::move(made));
}

}  // namespace backplane::store::sqlite
