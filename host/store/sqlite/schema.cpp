#include "store/sqlite/schema.hpp"

#include <array>

#include "base/log.hpp"

namespace backplane::store::sqlite {
namespace {

// Step n leads from schema n to n + 1. A step that was released is never changed: another one is added.
constexpr std::array<const char*, 3> steps{R"sql(
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
)sql",
                                             R"sql(
CREATE TABLE name (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL
);
CREATE UNIQUE INDEX name_key ON name (kind, name);
CREATE TABLE event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  type INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  source INTEGER NOT NULL,
  time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  key TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  causation_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE UNIQUE INDEX event_id ON event (id);
CREATE INDEX event_type ON event (type);
CREATE INDEX event_tenant ON event (tenant) WHERE tenant <> 0;
CREATE INDEX event_subject ON event (subject) WHERE subject <> '';
CREATE TABLE event_log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_position INTEGER NOT NULL,
  last_recorded_at INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL
);
INSERT INTO event_log VALUES (1, 0, 0, 0, 0);
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  floor INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  replay_up_to INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription INTEGER NOT NULL,
  position INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  key TEXT NOT NULL,
  error TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX delivery_key ON delivery (subscription, position);
CREATE INDEX delivery_position ON delivery (position);
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 4;
)sql",
                                             // The greatest position that is given and not in the log: what was removed ends there.
                                             R"sql(
DROP INDEX event_id;
CREATE UNIQUE INDEX event_id ON event (id, tenant);
ALTER TABLE event_log ADD COLUMN removed_up_to INTEGER NOT NULL DEFAULT 0;
UPDATE event_log SET removed_up_to = (
  SELECT max(position) FROM (SELECT last_position AS position FROM event_log UNION ALL SELECT position - 1 FROM event)
  WHERE position NOT IN (SELECT position FROM event));
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
