#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {

StoredResource read_resource(const Statement& row, std::string_view tenant, std::string_view type) {
  StoredResource stored;
  stored.row = row.integer(0);
  stored.last_revision = row.count(1);
  model::Resource& resource = stored.resource;
  resource.key = {std::string(tenant), std::string(type), std::string(row.text(2))};
  resource.deleted = row.integer(3) != 0;
  resource.created_at = time_from(row.integer(4));
  resource.created_by = row.text(5);
  resource.updated_at = time_from(row.integer(6));
  resource.updated_by = row.text(7);
  model::Revision& current = resource.current;
  current.version = {row.count(8), row.count(9)};
  current.parent = row.count(10);
  current.status = static_cast<model::Status>(row.integer(11));
  current.created_at = time_from(row.integer(12));
  current.created_by = row.text(13);
  current.updated_at = time_from(row.integer(14));
  current.updated_by = row.text(15);
  current.document = model::Document::trusted(std::string(row.text(16)));
  return stored;
}

model::Revision read_revision(const Statement& row, Documents documents) {
  model::Revision revision;
  revision.version = {row.count(0), row.count(1)};
  revision.parent = row.count(2);
  revision.status = static_cast<model::Status>(row.integer(3));
  revision.created_at = time_from(row.integer(4));
  revision.created_by = row.text(5);
  revision.updated_at = time_from(row.integer(6));
  revision.updated_by = row.text(7);
  if (documents == Documents::read) revision.document = model::Document::trusted(std::string(row.text(8)));
  return revision;
}

void bind_revision(Statement& statement, int parameter, const model::Revision& revision) {
  statement.bind_count(parameter, revision.version.revision);
  statement.bind_count(parameter + 1, revision.version.edit);
  statement.bind_count(parameter + 2, revision.parent);
  statement.bind(parameter + 3, static_cast<std::int64_t>(revision.status));
  statement.bind(parameter + 4, micros(revision.created_at));
  statement.bind(parameter + 5, std::string_view(revision.created_by));
  statement.bind(parameter + 6, micros(revision.updated_at));
  statement.bind(parameter + 7, std::string_view(revision.updated_by));
  statement.bind(parameter + 8, revision.document.text());
}

std::string label(const model::ResourceKey& key) { return key.type + " '" + key.id + "'"; }

base::Error no_such_resource(const model::ResourceKey& key) {
  return {base::Code::not_found, label(key) + ": no such resource"};
}

base::Error no_such_revision(const model::ResourceKey& key, std::uint64_t revision) {
  return {base::Code::not_found, label(key) + ": no revision " + std::to_string(revision)};
}

}  // namespace backplane::store::sqlite
