// The writes of a unit of work, each done inside the writer's transaction. Every one checks all that it can refuse
// before its first change, so that a refused one has changed nothing.
#pragma once

#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/event_append.hpp"
#include "store/sqlite/row.hpp"
#include "store/sqlite/types.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

// What the writes of one unit share.
struct Work {
  Connection& connection;
  Types& types;
  EventAppender& log;
  const std::string& actor;
  base::UtcTime time;
  std::vector<std::int64_t> rows{};  // of the resources written, for the answer that is kept
  bool purged = false;
};

// One for each member of Write. They may take from their argument what they need.
base::Result<Committed> perform(Work& work, Create& write);
base::Result<Committed> perform(Work& work, Update& write);
base::Result<Committed> perform(Work& work, Modify& write);
base::Result<Committed> perform(Work& work, Delete& write);
base::Result<Committed> perform(Work& work, Restore& write);
base::Result<Committed> perform(Work& work, Purge& write);
base::Result<Committed> perform(Work& work, Switch& write);
base::Result<Committed> perform(Work& work, Load& write);

// ---- what they are made of ----

// The resource as it stands, deleted or not, or nothing.
base::Result<std::optional<StoredResource>> find_resource(Connection& connection, Types& types,
                                                          const model::ResourceKey& key);

// The resource that a write is for, in the state that the precondition asks for. not_found: none, or deleted when
// only a living one will do; precondition_failed.
enum class Wanted { living, any };
base::Result<StoredResource> find_expected(Work& work, const model::ResourceKey& key, const Precondition& expected,
                                           Wanted wanted);

// A new row; its number, or nothing when the key is taken.
base::Result<std::optional<std::int64_t>> insert_resource(Work& work, const model::Resource& resource,
                                                          std::uint64_t last_revision);

// Writes the resource's own columns and its current revision into its row.
base::Result<void> write_resource(Work& work, const StoredResource& stored);

// Copies the current revision of the row into the history.
base::Result<void> current_to_history(Work& work, std::int64_t row);

base::Result<void> insert_history(Work& work, std::int64_t row, const model::Revision& revision);

// Removes the row, its history and the answers about it.
base::Result<void> remove_resource(Work& work, std::int64_t row);

}  // namespace backplane::store::sqlite
