// What the database holds, and the steps that led there. Used when a store is opened.
//
//   type          the names of resource types as numbers
//   resource      each resource with its current revision, document included: a create writes one row, a get reads one
//   history       all other revisions
//   answer        what was answered under idempotency keys; answer_subject: the resources that each is about
//   member        the pointers that are indexed for a type; the index is called member_<id>
//   event         the event log; name: its types, tenants, actors and sources as numbers
//   event_log     one row: what is known of the log as a whole, so that nothing is counted and no position given twice
//   subscription  how far each durable subscription is; delivery: its exceptions and dead letters
#pragma once

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

// Says that a database file is ours: "Bkpl".
inline constexpr std::int64_t application_id = 0x426b706c;

// The newest schema that this host knows.
std::int64_t latest_schema();

// Whether the file is ours to use; looks without changing anything. storage: another program's database; unsupported: a
// newer schema.
base::Result<void> check_schema(Connection& connection, const std::filesystem::path& path);

// Makes the schema, or brings an older one up to date.
base::Result<void> migrate(Connection& connection, const std::filesystem::path& path);

}  // namespace backplane::store::sqlite
