#include "store/sqlite/member_index.hpp"

#include "store/sqlite/json_scan.hpp"
#include "store/sqlite/member_key.hpp"

namespace backplane::store::sqlite {
namespace {

using TypeAndPointer = std::pair<std::int64_t, std::string>;

base::Result<std::map<TypeAndPointer, std::int64_t>> existing_members(Connection& connection) {
  static constexpr Sql select{"SELECT type, pointer, id FROM member"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  std::map<TypeAndPointer, std::int64_t> members;
  for (;;) {
    BACKPLANE_TRY(const bool row, statement.step());
    if (!row) return members;
    members.emplace(TypeAndPointer{statement.integer(0), statement.text(1)}, statement.integer(2));
  }
}

base::Result<std::int64_t> build(Connection& connection, std::int64_t type, const std::string& pointer) {
  static constexpr Sql insert{"INSERT INTO member (type, pointer) VALUES (?1, ?2)"};
  BACKPLANE_TRY(Statement statement, connection.use(insert));
  statement.bind(1, type);
  statement.bind(2, std::string_view(pointer));
  BACKPLANE_CHECK(statement.run());
  const std::int64_t id = connection.last_rowid();
  BACKPLANE_CHECK(connection.execute("CREATE INDEX member_" + std::to_string(id) + " ON resource (tenant, " +
                                     member_expression(pointer) + ", name) WHERE type = " + std::to_string(type)));
  return id;
}

base::Result<void> drop(Connection& connection, std::int64_t id) {
  const std::string number = std::to_string(id);
  BACKPLANE_CHECK(connection.execute("DROP INDEX member_" + number));
  return connection.execute("DELETE FROM member WHERE id = " + number);
}

}  // namespace

base::Result<MembersByType> declare_members(Connection& connection, const std::vector<TypeIndex>& types,
                                            const std::function<void(const std::string&)>& progress) {
  BACKPLANE_TRY(auto existing, existing_members(connection));
  Types numbers;
  MembersByType members;
  for (const TypeIndex& index : types) {
    BACKPLANE_TRY(const std::int64_t type, numbers.find_or_add(connection, index.type));
    for (const std::string& pointer : index.pointers) {
      if (!is_json_pointer(pointer))
        return base::Error{base::Code::invalid_argument,
                           "the index of " + index.type + ": wanted a JSON Pointer, found '" + pointer + "'"};
      const auto known = existing.find({type, pointer});
      if (known != existing.end()) {
        members[index.type].push_back({pointer, known->second});
        existing.erase(known);
        continue;
      }
      if (progress) progress("building the index of " + index.type + " on '" + pointer + "'");
      BACKPLANE_TRY(const std::int64_t id, build(connection, type, pointer));
      members[index.type].push_back({pointer, id});
    }
  }
  for (const auto& [member, id] : existing) BACKPLANE_CHECK(drop(connection, id));
  return members;
}

}  // namespace backplane::store::sqlite
