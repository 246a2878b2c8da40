#include "store/sqlite/names.hpp"

#include "model/event_pattern.hpp"

namespace backplane::store::sqlite {
namespace {

// Of each kind and direction: actors and tenants may be many.
constexpr std::size_t most_remembered = 16'384;

}  // namespace

std::int64_t Names::remember(NameKind kind, const std::string& name, std::int64_t number) {
  auto& numbers = numbers_of(kind);
  if (numbers.size() >= most_remembered) numbers.clear();
  return numbers[name] = number;
}

base::Result<std::optional<std::int64_t>> Names::find(Connection& connection, NameKind kind, const std::string& name) {
  if (name.empty()) return std::optional<std::int64_t>(0);
  const auto& numbers = numbers_of(kind);
  if (const auto known = numbers.find(name); known != numbers.end()) return std::optional(known->second);
  static constexpr Sql select{"SELECT id FROM name WHERE kind = ?1 AND name = ?2"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, static_cast<std::int64_t>(kind));
  statement.bind(2, std::string_view(name));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<std::int64_t>();
  return std::optional(remember(kind, name, statement.integer(0)));
}

base::Result<std::int64_t> Names::find_or_add(Connection& connection, NameKind kind, const std::string& name) {
  BACKPLANE_TRY(const std::optional<std::int64_t> known, find(connection, kind, name));
  if (known) return *known;
  static constexpr Sql insert{"INSERT INTO name (kind, name) VALUES (?1, ?2)"};
  BACKPLANE_TRY(Statement statement, connection.use(insert));
  statement.bind(1, static_cast<std::int64_t>(kind));
  statement.bind(2, std::string_view(name));
  BACKPLANE_CHECK(statement.run());
  added_.emplace_back(kind, name);
  return remember(kind, name, connection.last_rowid());
}

base::Result<const std::string*> Names::name(Connection& connection, std::int64_t number) {
  static const std::string none;
  if (number == 0) return &none;
  if (const auto known = names_.find(number); known != names_.end()) return &known->second;
  static constexpr Sql select{"SELECT name FROM name WHERE id = ?1"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, number);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found)
    return base::Error{base::Code::storage, "the event log: wanted a name numbered " + std::to_string(number) + ", found none"};
  if (names_.size() >= most_remembered) names_.clear();
  return &(names_[number] = statement.text(0));
}

// They stay in `added_`: one that is found again can still be undone with the whole transaction.
void Names::forget_added() {
  for (const auto& [kind, name] : added_) numbers_of(kind).erase(name);
}

base::Result<std::vector<std::int64_t>> types_matching(Connection& connection, const std::string& pattern) {
  // Every match begins as the pattern does before its first wildcard, and '~' is behind all that a type is made of.
  static constexpr Sql select{"SELECT id, name FROM name WHERE kind = 1 AND name >= ?1 AND name < ?2"};
  const std::string least = pattern.substr(0, pattern.find_first_of("*>")), beyond = least + '~';
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, std::string_view(least));
  statement.bind(2, std::string_view(beyond));
  std::vector<std::int64_t> numbers;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return numbers;
    if (model::matches(pattern, statement.text(1))) numbers.push_back(statement.integer(0));
  }
}

}  // namespace backplane::store::sqlite
