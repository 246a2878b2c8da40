// The writes that leave all documents as they are: delete, restore, switch.
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {
namespace {

void touch(Work& work, model::Resource& resource) {
  resource.updated_at = work.time;
  resource.updated_by = work.actor;
}

base::Result<void> write_deleted(Work& work, const StoredResource& stored) {
  static constexpr Sql update{"UPDATE resource SET deleted=?2, updated_at=?3, updated_by=?4 WHERE id=?1"};
  BACKPLANE_TRY(Statement statement, work.connection.use(update));
  statement.bind(1, stored.row);
  statement.bind(2, std::int64_t{stored.resource.deleted});
  statement.bind(3, micros(stored.resource.updated_at));
  statement.bind(4, std::string_view(stored.resource.updated_by));
  return statement.run();
}

base::Result<Committed> set_deleted(Work& work, StoredResource stored, bool now_deleted) {
  Committed committed;
  committed.previous = stored.resource;
  stored.resource.deleted = now_deleted;
  touch(work, stored.resource);
  BACKPLANE_CHECK(write_deleted(work, stored));
  committed.resource = std::move(stored.resource);
  return committed;
}

struct PastRevision {
  std::int64_t row = 0;
  model::Revision revision;
};

base::Result<PastRevision> find_past(Work& work, const Switch& write, std::int64_t resource) {
  static constexpr Sql select{"SELECT " BACKPLANE_REVISION_COLUMNS ", id FROM history WHERE resource=?1 AND revision=?2"};
  BACKPLANE_TRY(Statement statement, work.connection.use(select));
  statement.bind(1, resource);
  statement.bind_count(2, write.revision);
  BACKPLANE_TRY(const bool found, statement.step());
  if (!found) return no_such_revision(write.key, write.revision);
  return PastRevision{statement.integer(9), read_revision(statement, Documents::read)};
}

base::Result<void> remove_past(Work& work, std::int64_t row) {
  static constexpr Sql remove{"DELETE FROM history WHERE id=?1"};
  BACKPLANE_TRY(Statement statement, work.connection.use(remove));
  statement.bind(1, row);
  return statement.run();
}

}  // namespace

base::Result<Committed> perform(Work& work, Delete& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::living));
  return set_deleted(work, std::move(stored), true);
}

base::Result<Committed> perform(Work& work, Restore& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::any));
  if (!stored.resource.deleted)
    return base::Error{base::Code::conflict, label(write.key) + ": wanted a deleted one to restore, found that it is not deleted"};
  return set_deleted(work, std::move(stored), false);
}

base::Result<Committed> perform(Work& work, Switch& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::living));
  Committed committed;
  committed.previous = stored.resource;
  if (write.revision == stored.resource.current.version.revision) {
    committed.resource = std::move(stored.resource);
    committed.changed = false;
    return committed;
  }
  BACKPLANE_TRY(PastRevision past, find_past(work, write, stored.row));
  BACKPLANE_CHECK(remove_past(work, past.row));
  BACKPLANE_CHECK(current_to_history(work, stored.row));
  stored.resource.current = std::move(past.revision);
  touch(work, stored.resource);
  BACKPLANE_CHECK(write_resource(work, stored));
  committed.resource = std::move(stored.resource);
  return committed;
}

}  // namespace backplane::store::sqlite
