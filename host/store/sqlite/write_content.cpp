// The writes that bring a new document: create, update, modify.
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {
namespace {

bool same_content(const model::Revision& current, const Content& content) {
  return current.status == content.status.value_or(current.status) && current.document == content.document;
}

Committed unchanged(StoredResource found) {
  Committed committed{found.resource, std::nullopt, false};
  committed.previous = std::move(found.resource);
  return committed;
}

// The content to write over `current`: as it was given, or made anew when it was made from another version.
base::Result<Content> content_for(Update& write, const model::Resource& current) {
  const bool stale = write.base && *write.base != current.current.version;
  if (!stale || write.expected.version) return std::move(write.content);
  if (write.rebase) return write.rebase(current);
  return base::Error{base::Code::conflict, label(write.key) + ": the update was made from version " + to_string(*write.base) +
                                               ", found version " + to_string(current.current.version)};
}

}  // namespace

base::Result<Committed> perform(Work& work, Create& write) {
  Committed committed;
  model::Resource& resource = committed.resource;
  resource.key = std::move(write.key);
  resource.created_at = resource.updated_at = work.time;
  resource.created_by = resource.updated_by = work.actor;
  model::Revision& first = resource.current;
  first.version.revision = 1;
  first.status = write.status;
  first.created_at = first.updated_at = work.time;
  first.created_by = first.updated_by = work.actor;
  first.document = std::move(write.document);
  BACKPLANE_TRY(const std::optional<std::int64_t> row, insert_resource(work, resource, 1));
  if (!row) return base::Error{base::Code::already_exists, label(resource.key) + ": the id is taken"};
  return committed;
}

base::Result<Committed> perform(Work& work, Update& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::living));
  BACKPLANE_TRY(Content content, content_for(write, stored.resource));
  if (same_content(stored.resource.current, content)) return unchanged(std::move(stored));
  Committed committed;
  committed.previous = stored.resource;
  model::Revision& next = stored.resource.current;
  next.parent = next.version.revision;
  next.version = {++stored.last_revision, 0};
  next.status = content.status.value_or(next.status);
  next.created_at = next.updated_at = stored.resource.updated_at = work.time;
  next.created_by = next.updated_by = stored.resource.updated_by = work.actor;
  next.document = std::move(content.document);
  BACKPLANE_CHECK(current_to_history(work, stored.row));
  BACKPLANE_CHECK(write_resource(work, stored));
  committed.resource = std::move(stored.resource);
  return committed;
}

base::Result<Committed> perform(Work& work, Modify& write) {
  BACKPLANE_TRY(StoredResource stored, find_expected(work, write.key, write.expected, Wanted::living));
  model::Revision& draft = stored.resource.current;
  if (draft.status != model::Status::draft)
    return base::Error{base::Code::conflict, label(write.key) + ": wanted a draft to modify, found that revision " +
                                                 std::to_string(draft.version.revision) + " is stable"};
  if (same_content(draft, write.content)) return unchanged(std::move(stored));
  Committed committed;
  committed.previous = stored.resource;
  ++draft.version.edit;
  draft.status = write.content.status.value_or(draft.status);
  draft.updated_at = stored.resource.updated_at = work.time;
  draft.updated_by = stored.resource.updated_by = work.actor;
  draft.document = std::move(write.content.document);
  BACKPLANE_CHECK(write_resource(work, stored));
  committed.resource = std::move(stored.resource);
  return committed;
}

}  // namespace backplane::store::sqlite
