#include "store/sqlite/schema.hpp"

#include <array>

#include "base/log.hpp"

namespace backplane::store::sqlite {
namespace {

// Step n leads from schema n to n + 1. A step that was released is never changed: another one is added.
constexpr std::array<const char*, 1> steps{R"sql(
CREATE TABLE type (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE resource (
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  last_revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  revision INTEGER NOT NULL,
  edit INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  status INTEGER NOT NULL,
  revision_created_at INTEGER NOT NULL,
  revision_created_by TEXT NOT NULL,
  revision_updated_at INTEGER NOT NULL,
  revision_updated_by TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE UNIQUE INDEX resource_key ON resource (type, tenant, name);
CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  edit INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  status INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE UNIQUE INDEX history_key ON history (resource, revision);
CREATE TABLE answer (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  answer TEXT NOT NULL
);
CREATE UNIQUE INDEX answer_key ON answer (tenant, actor, key);
CREATE INDEX answer_created ON answer (created_at);
CREATE TABLE answer_subject (
  answer INTEGER NOT NULL,
  resource INTEGER NOT NULL,
  PRIMARY KEY (answer, resource)
) WITHOUT ROWID;
CREATE INDEX answer_subject_resource ON answer_subject (resource);
CREATE TABLE member (
  id INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  pointer TEXT NOT NULL,
  UNIQUE (type, pointer)
);
)sql"};

base::Result<void> apply_steps(Connection& connection, std::int64_t from) {
  BACKPLANE_CHECK(connection.execute("BEGIN IMMEDIATE"));
  for (auto step = static_cast<std::size_t>(from); step < steps.size(); ++step)
    BACKPLANE_CHECK(connection.execute(steps[step]));
  BACKPLANE_CHECK(connection.execute("PRAGMA application_id = " + std::to_string(application_id)));
  BACKPLANE_CHECK(connection.execute("PRAGMA user_version = " + std::to_string(steps.size())));
  return connection.execute("COMMIT");
}

}  // namespace

std::int64_t latest_schema() { return static_cast<std::int64_t>(steps.size()); }

base::Result<void> check_schema(Connection& connection, const std::filesystem::path& path) {
  BACKPLANE_TRY(const std::int64_t application, connection.integer("PRAGMA application_id"));
  BACKPLANE_TRY(const std::int64_t version, connection.integer("PRAGMA user_version"));
  BACKPLANE_TRY(const std::int64_t objects, connection.integer("SELECT count(*) FROM sqlite_schema"));
  const bool is_new = application == 0 && version == 0 && objects == 0;
  if (!is_new && application != application_id)
    return base::Error{base::Code::storage, "the database " + path.string() +
                                                ": wanted one that this program made, found another program's (application id " +
                                                std::to_string(application) + ")"};
  if (version > latest_schema())
    return base::Error{base::Code::unsupported, "the database " + path.string() + ": schema version " +
                                                    std::to_string(version) + " was made by a newer host; this one knows versions up to " +
                                                    std::to_string(latest_schema())};
  return base::ok();
}

base::Result<void> migrate(Connection& connection, const std::filesystem::path& path) {
  BACKPLANE_TRY(const std::int64_t version, connection.integer("PRAGMA user_version"));
  if (version == latest_schema()) return base::ok();
  if (version > 0)
    base::log_info("store", "migrating " + path.string() + " from schema version " + std::to_string(version) + " to " +
                                std::to_string(latest_schema()));
  if (auto applied = apply_steps(connection, version); !applied) {
    if (connection.in_transaction()) static_cast<void>(connection.execute("ROLLBACK"));
    return std::move(applied).error();
  }
  return base::ok();
}

}  // namespace backplane::store::sqlite
