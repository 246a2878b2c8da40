#include "store/sqlite/types.hpp"

namespace backplane::store::sqlite {

base::Result<std::optional<std::int64_t>> Types::find(Connection& connection, const std::string& type) {
  if (const auto known = numbers_.find(type); known != numbers_.end()) return std::optional(known->second);
  static constexpr Sql select{"SELECT id FROM type WHERE name = ?1"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, std::string_view(type));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<std::int64_t>();
  return std::optional(numbers_[type] = statement.integer(0));
}

base::Result<std::int64_t> Types::find_or_add(Connection& connection, const std::string& type) {
  BACKPLANE_TRY(const std::optional<std::int64_t> known, find(connection, type));
  if (known) return *known;
  static constexpr Sql insert{"INSERT INTO type (name) VALUES (?1)"};
  BACKPLANE_TRY(Statement statement, connection.use(insert));
  statement.bind(1, std::string_view(type));
  BACKPLANE_CHECK(statement.run());
  return numbers_[type] = connection.last_rowid();
}

}  // namespace backplane::store::sqlite
