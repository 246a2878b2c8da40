#include "store/sqlite/read.hpp"

#include <algorithm>

#include "store/sqlite/row.hpp"
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {
namespace {

// What a reader needs to know of a resource to read its revisions.
struct CurrentOf {
  std::int64_t row = 0;
  model::Revision current;
};

base::Result<std::optional<CurrentOf>> find_current(const ReaderPool::Lease& lease, const model::ResourceKey& key,
                                                    Documents documents) {
  static constexpr Sql select{
      "SELECT revision, edit, parent, status, revision_created_at, revision_created_by, revision_updated_at, "
      "revision_updated_by, document, id FROM resource WHERE type = ?1 AND tenant = ?2 AND name = ?3"};
  BACKPLANE_TRY(const std::optional<std::int64_t> type, lease.types().find(lease.connection(), key.type));
  if (!type) return std::optional<CurrentOf>();
  BACKPLANE_TRY(Statement statement, lease.connection().use(select));
  statement.bind(1, *type);
  statement.bind(2, std::string_view(key.tenant));
  statement.bind(3, std::string_view(key.id));
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return std::optional<CurrentOf>();
  return std::optional(CurrentOf{statement.integer(9), read_revision(statement, documents)});
}

base::Result<void> add_history(Connection& connection, std::int64_t row, std::vector<model::Revision>& revisions) {
  static constexpr Sql select{"SELECT " BACKPLANE_REVISION_COLUMNS " FROM history WHERE resource = ?1 ORDER BY revision"};
  BACKPLANE_TRY(Statement statement, connection.use(select));
  statement.bind(1, row);
  for (;;) {
    BACKPLANE_TRY(const bool found, statement.step());
    if (!found) return base::ok();
    revisions.push_back(read_revision(statement, Documents::read));
  }
}

base::Result<std::uint64_t> read_total(const ReaderPool::Lease& lease, const Query& query) {
  BACKPLANE_TRY(Statement statement, lease.connection().use_text(query.sql));
  for (std::size_t i = 0; i < query.parameters.size(); ++i) statement.bind(static_cast<int>(i) + 1, query.parameters[i]);
  BACKPLANE_TRY(const bool row, statement.step());
  return row ? statement.count(0) : 0;
}

}  // namespace

base::Result<Snapshot> Snapshot::begin(Connection& connection) {
  static constexpr Sql sql{"BEGIN"};
  BACKPLANE_TRY(Statement statement, connection.use(sql));
  BACKPLANE_CHECK(statement.run());
  return Snapshot(connection);
}

Snapshot::~Snapshot() {
  static constexpr Sql sql{"END"};
  if (connection_ == nullptr) return;
  if (auto statement = connection_->use(sql)) static_cast<void>(statement->run());
}

base::Result<model::Revision> read_one_revision(const ReaderPool::Lease& lease, const model::ResourceKey& key,
                                                std::uint64_t revision) {
  static constexpr Sql select{"SELECT " BACKPLANE_REVISION_COLUMNS " FROM history WHERE resource = ?1 AND revision = ?2"};
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  BACKPLANE_TRY(std::optional<CurrentOf> current, find_current(lease, key, Documents::read));
  if (!current) return no_such_resource(key);
  if (current->current.version.revision == revision) return std::move(current->current);
  BACKPLANE_TRY(Statement statement, lease.connection().use(select));
  statement.bind(1, current->row);
  statement.bind_count(2, revision);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return no_such_revision(key, revision);
  return read_revision(statement, Documents::read);
}

base::Result<std::vector<model::Revision>> read_revisions(const ReaderPool::Lease& lease, const model::ResourceKey& key,
                                                          std::uint64_t after, std::size_t limit) {
  static constexpr Sql select{"SELECT " BACKPLANE_REVISION_FACTS
                              " FROM history WHERE resource = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3"};
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  BACKPLANE_TRY(std::optional<CurrentOf> current, find_current(lease, key, Documents::leave));
  if (!current) return no_such_resource(key);
  BACKPLANE_TRY(Statement statement, lease.connection().use(select));
  statement.bind(1, current->row);
  statement.bind_count(2, after);
  statement.bind_count(3, limit);
  std::vector<model::Revision> revisions;
  for (;;) {
    BACKPLANE_TRY(const bool found, statement.step());
    if (!found) break;
    revisions.push_back(read_revision(statement, Documents::leave));
  }
  if (current->current.version.revision > after) {
    const auto less = [](const model::Revision& a, const model::Revision& b) { return a.version.revision < b.version.revision; };
    revisions.insert(std::upper_bound(revisions.begin(), revisions.end(), current->current, less), current->current);
    if (revisions.size() > limit) revisions.pop_back();
  }
  return revisions;
}

base::Result<Page> read_page(const ReaderPool::Lease& lease, const Search& search,
                             const std::vector<IndexedMember>& members) {
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  BACKPLANE_TRY(const std::optional<std::int64_t> type, lease.types().find(lease.connection(), search.type));
  BACKPLANE_TRY(const Query query, page_query(search, type.value_or(0), members));
  Page page;
  {
    BACKPLANE_TRY(Statement statement, lease.connection().use_text(query.sql));
    for (std::size_t i = 0; i < query.parameters.size(); ++i) statement.bind(static_cast<int>(i) + 1, query.parameters[i]);
    bool more = false;
    for (;;) {
      BACKPLANE_TRY(const bool found, statement.step());
      if (!found) break;
      more = page.resources.size() == search.limit;
      if (more) break;
      page.resources.push_back(read_resource(statement, search.tenant, search.type).resource);
    }
    if (more && !page.resources.empty()) page.next = cursor_after(search, page.resources.back());
  }
  if (search.want_total) {
    BACKPLANE_TRY(const Query total, total_query(search, type.value_or(0), members));
    BACKPLANE_TRY(page.total, read_total(lease, total));
  }
  return page;
}

base::Result<void> scan_type(const ReaderPool::Lease& lease, const std::string& tenant, const std::string& type,
                             const std::string& after_id, const std::function<bool(const Scanned&)>& each) {
  static constexpr Sql select{"SELECT " BACKPLANE_RESOURCE_COLUMNS
                              " FROM resource WHERE type = ?1 AND tenant = ?2 AND name > ?3 ORDER BY name"};
  BACKPLANE_TRY(const Snapshot snapshot, Snapshot::begin(lease.connection()));
  BACKPLANE_TRY(const std::optional<std::int64_t> number, lease.types().find(lease.connection(), type));
  if (!number) return base::ok();
  BACKPLANE_TRY(Statement statement, lease.connection().use(select));
  statement.bind(1, *number);
  statement.bind(2, std::string_view(tenant));
  statement.bind(3, std::string_view(after_id));
  for (;;) {
    BACKPLANE_TRY(const bool found, statement.step());
    if (!found) return base::ok();
    StoredResource stored = read_resource(statement, tenant, type);
    Scanned scanned{std::move(stored.resource), {}};
    BACKPLANE_CHECK(add_history(lease.connection(), stored.row, scanned.revisions));
    if (!each(scanned)) return base::ok();
  }
}

}  // namespace backplane::store::sqlite
