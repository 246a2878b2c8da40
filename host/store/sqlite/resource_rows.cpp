// The statements that the writes are made of.
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {

base::Result<std::optional<StoredResource>> find_resource(Connection& connection, Types& types,
                                                          const model::ResourceKey& key) {
  static constexpr Sql select{"SELECT " BACKPLANE_RESOURCE_COLUMNS
                              " FROM resource WHERE type = ?1 AND tenant = ?2 AND name = ?3"};
  BACKPLANE_TRY(const std::optional<std::int64_t> type, types.find(connection, key.type));
  if (!type) return std::optional<StoredResource>();
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, *type);
  statement.bind(2, std::string_view(key.tenant));
  statement.bind(3, std::string_view(key.id));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<StoredResource>();
  return std::optional(read_resource(statement, key.tenant, key.type));
}

base::Result<StoredResource> find_expected(Work& work, const model::ResourceKey& key, const Precondition& expected,
                                           Wanted wanted) {
  BACKPLANE_TRY(std::optional<StoredResource> found, find_resource(work.connection, work.types, key));
  if (!found) return no_such_resource(key);
  if (wanted == Wanted::living && found->resource.deleted)
    return base::Error{base::Code::not_found, label(key) + ": it is deleted"};
  const model::Version current = found->resource.current.version;
  if (expected.version && *expected.version != current)
    return base::Error{base::Code::precondition_failed, label(key) + ": wanted version " + to_string(*expected.version) +
                                                            " to be current, found " + to_string(current)};
  work.rows.push_back(found->row);
  return std::move(*found);
}

base::Result<std::optional<std::int64_t>> insert_resource(Work& work, const model::Resource& resource,
                                                          std::uint64_t last_revision) {
  static constexpr Sql insert{
      "INSERT INTO resource (type, tenant, name, deleted, last_revision, created_at, created_by, updated_at, updated_by, "
      "revision, edit, parent, status, revision_created_at, revision_created_by, revision_updated_at, "
      "revision_updated_by, document) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18) "
      "ON CONFLICT (type, tenant, name) DO NOTHING"};
  BACKPLANE_TRY(const std::int64_t type, work.types.find_or_add(work.connection, resource.key.type));
  BACKPLANE_TRY(Statement statement, work.connection.use(insert));
  statement.bind(1, type);
  statement.bind(2, std::string_view(resource.key.tenant));
  statement.bind(3, std::string_view(resource.key.id));
  statement.bind(4, std::int64_t{resource.deleted});
  statement.bind_count(5, last_revision);
  statement.bind(6, micros(resource.created_at));
  statement.bind(7, std::string_view(resource.created_by));
  statement.bind(8, micros(resource.updated_at));
  statement.bind(9, std::string_view(resource.updated_by));
  bind_revision(statement, 10, resource.current);
  BACKPLANE_CHECK(statement.run());
  if (work.connection.changed_rows() == 0) return std::optional<std::int64_t>();
  const std::int64_t row = work.connection.last_rowid();
  work.rows.push_back(row);
  return std::optional(row);
}

base::Result<void> write_resource(Work& work, const StoredResource& stored) {
  static constexpr Sql update{
      "UPDATE resource SET deleted=?2, last_revision=?3, updated_at=?4, updated_by=?5, revision=?6, edit=?7, parent=?8, "
      "status=?9, revision_created_at=?10, revision_created_by=?11, revision_updated_at=?12, revision_updated_by=?13, "
      "document=?14 WHERE id=?1"};
  BACKPLANE_TRY(Statement statement, work.connection.use(update));
  statement.bind(1, stored.row);
  statement.bind(2, std::int64_t{stored.resource.deleted});
  statement.bind_count(3, stored.last_revision);
  statement.bind(4, micros(stored.resource.updated_at));
  statement.bind(5, std::string_view(stored.resource.updated_by));
  bind_revision(statement, 6, stored.resource.current);
  return statement.run();
}

base::Result<void> current_to_history(Work& work, std::int64_t row) {
  static constexpr Sql insert{"INSERT INTO history (resource, " BACKPLANE_REVISION_COLUMNS
                              ") SELECT id, revision, edit, parent, status, revision_created_at, revision_created_by, "
                              "revision_updated_at, revision_updated_by, document FROM resource WHERE id = ?1"};
  BACKPLANE_TRY(Statement statement, work.connection.use(insert));
  statement.bind(1, row);
  return statement.run();
}

base::Result<void> insert_history(Work& work, std::int64_t row, const model::Revision& revision) {
  static constexpr Sql insert{"INSERT INTO history (resource, " BACKPLANE_REVISION_COLUMNS
                              ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"};
  BACKPLANE_TRY(Statement statement, work.connection.use(insert));
  statement.bind(1, row);
  bind_revision(statement, 2, revision);
  return statement.run();
}

base::Result<void> remove_resource(Work& work, std::int64_t row) {
  static constexpr Sql answers{
      "UPDATE answer SET answer = '' WHERE id IN (SELECT answer FROM answer_subject WHERE resource = ?1)"};
  static constexpr Sql subjects{
      "DELETE FROM answer_subject WHERE answer IN (SELECT answer FROM answer_subject WHERE resource = ?1)"};
  static constexpr Sql history{"DELETE FROM history WHERE resource = ?1"};
  static constexpr Sql resource{"DELETE FROM resource WHERE id = ?1"};
  for (const Sql* const sql : {&answers, &subjects, &history, &resource}) {
    BACKPLANE_TRY(Statement statement, work.connection.use(*sql));
    statement.bind(1, row);
    BACKPLANE_CHECK(statement.run());
  }
  std::erase(work.rows, row);
  return base::ok();
}

}  // namespace backplane::store::sqlite
