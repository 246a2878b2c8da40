// Rows as values: the columns of resources and revisions, and how they are read and bound.
#pragma once

#include <cstdint>

#include "model/resource.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

// A resource with what only the database knows of it.
struct StoredResource {
  std::int64_t row = 0;
  std::uint64_t last_revision = 0;  // the greatest number that any of its revisions had
  model::Resource resource;
};

// For SELECT: what read_resource() reads, in its order.
#define BACKPLANE_RESOURCE_COLUMNS                                                                                \
  "id, last_revision, name, deleted, created_at, created_by, updated_at, updated_by, revision, edit, parent, "     \
  "status, revision_created_at, revision_created_by, revision_updated_at, revision_updated_by, document"

// The same of a revision in `history`; without the document for lists.
#define BACKPLANE_REVISION_FACTS "revision, edit, parent, status, created_at, created_by, updated_at, updated_by"
#define BACKPLANE_REVISION_COLUMNS BACKPLANE_REVISION_FACTS ", document"

enum class Documents { read, leave };

StoredResource read_resource(const Statement& row, std::string_view tenant, std::string_view type);
model::Revision read_revision(const Statement& row, Documents documents);

inline std::int64_t micros(base::UtcTime time) { return time.time_since_epoch().count(); }
inline base::UtcTime time_from(std::int64_t micros) { return base::UtcTime(std::chrono::microseconds(micros)); }

// Binds the nine columns of a revision (BACKPLANE_REVISION_COLUMNS) from `parameter` on. The revision must outlive the run.
void bind_revision(Statement& statement, int parameter, const model::Revision& revision);

// The error for a resource, or a revision of it, that is not there: "note 'abc': no such resource".
base::Error no_such_resource(const model::ResourceKey& key);
base::Error no_such_revision(const model::ResourceKey& key, std::uint64_t revision);
std::string label(const model::ResourceKey& key);

}  // namespace backplane::store::sqlite
