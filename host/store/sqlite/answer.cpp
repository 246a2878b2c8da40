#include "store/sqlite/answer.hpp"

#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {

base::Result<std::optional<StoredAnswer>> find_answer(Connection& connection, const IdempotencyKey& key) {
  static constexpr Sql select{"SELECT fingerprint, answer FROM answer WHERE tenant=?1 AND actor=?2 AND key=?3"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, std::string_view(key.tenant));
  statement.bind(2, std::string_view(key.actor));
  statement.bind(3, std::string_view(key.key));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<StoredAnswer>();
  return std::optional(StoredAnswer{std::string(statement.text(0)), std::string(statement.text(1))});
}

base::Result<void> keep_answer(Connection& connection, const Idempotency& idempotency, std::string_view answer,
                               base::UtcTime time, const std::vector<std::int64_t>& rows) {
  static constexpr Sql insert{
      "INSERT INTO answer (tenant, actor, key, created_at, fingerprint, answer) VALUES (?1,?2,?3,?4,?5,?6)"};
  BACKPLANE_TRY(Statement statement, connection.use(insert));
  statement.bind(1, std::string_view(idempotency.key.tenant));
  statement.bind(2, std::string_view(idempotency.key.actor));
  statement.bind(3, std::string_view(idempotency.key.key));
  statement.bind(4, micros(time));
  statement.bind(5, std::string_view(idempotency.fingerprint));
  statement.bind(6, answer);
  BACKPLANE_CHECK(statement.run());
  const std::int64_t id = connection.last_rowid();
  for (const std::int64_t row : rows) {
    static constexpr Sql subject{"INSERT OR IGNORE INTO answer_subject (answer, resource) VALUES (?1,?2)"};
    BACKPLANE_TRY(Statement about, connection.use(subject));
    about.bind(1, id);
    about.bind(2, row);
    BACKPLANE_CHECK(about.run());
  }
  return base::ok();
}

base::Result<std::size_t> forget_answers_before(Connection& connection, base::UtcTime time) {
  static constexpr Sql subjects{
      "DELETE FROM answer_subject WHERE answer IN (SELECT id FROM answer WHERE created_at < ?1)"};
  static constexpr Sql answers{"DELETE FROM answer WHERE created_at < ?1"};
  for (const Sql* const sql : {&subjects, &answers}) {
    BACKPLANE_TRY(Statement statement, connection.use(*sql));
    statement.bind(1, micros(time));
    BACKPLANE_CHECK(statement.run());
  }
  return static_cast<std::size_t>(connection.changed_rows());
}

}  // namespace backplane::store::sqlite
