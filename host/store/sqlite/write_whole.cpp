// The writes that remove or bring a resource with its whole history: purge, load.
#include <set>

#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {
namespace {

// A history can be stored when no number occurs twice and all count from 1.
base::Result<std::uint64_t> last_revision(const Load& write) {
  std::set<std::uint64_t> numbers{write.resource.current.version.revision};
  for (const model::Revision& revision : write.revisions)
    if (!numbers.insert(revision.version.revision).second)
      return base::Error{base::Code::invalid_argument, label(write.resource.key) + ": revision " +
                                                           std::to_string(revision.version.revision) + " occurs twice"};
  if (*numbers.begin() == 0)
    return base::Error{base::Code::invalid_argument, label(write.resource.key) + ": wanted revision numbers from 1, found 0"};
  return *numbers.rbegin();
}

}  // namespace

base::Result<Committed> perform(Work& work, Purge& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::any));
  BACKPLANE_CHECK(remove_resource(work, stored.row));
  BACKPLANE_CHECK(work.log.empty_payloads(write.key.tenant, write.key.type + '/' + write.key.id));
  work.purged = true;
  Committed committed;
  committed.previous = stored.resource;
  committed.resource = std::move(stored.resource);
  return committed;
}

base::Result<Committed> perform(Work& work, Load& write) {
  BACKPLANE_TRY(const std::uint64_t last, last_revision(write));
  BACKPLANE_TRY(std::optional<StoredResource> found, find_resource(work.connection, work.types, write.resource.key));
  Committed committed;
  if (found) {
    committed.previous = found->resource;
    switch (write.on_conflict) {
      case OnConflict::fail:
        return base::Error{base::Code::already_exists, label(write.resource.key) + ": the id is taken"};
      case OnConflict::skip:
        committed.resource = std::move(found->resource);
        committed.changed = false;
        return committed;
      case OnConflict::overwrite: BACKPLANE_CHECK(remove_resource(work, found->row));
    }
  }
  BACKPLANE_TRY(const std::optional<std::int64_t> row, insert_resource(work, write.resource, last));
  if (!row) return base::Error{base::Code::internal, label(write.resource.key) + ": the id is taken after its removal"};
  for (const model::Revision& revision : write.revisions) BACKPLANE_CHECK(insert_history(work, *row, revision));
  committed.resource = std::move(write.resource);
  return committed;
}

}  // namespace backplane::store::sqlite
