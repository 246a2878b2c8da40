// Opens the store that the settings name.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "store/store.hpp"

namespace backplane::store {

struct SqliteOptions {
  std::filesystem::path path;  // of the database file; its directory exists. Beside it: <path>-wal, -shm, .lock
  std::chrono::milliseconds busy_timeout{5000};
  std::size_t max_batch = 512;  // units of work in one transaction
  bool create = true;           // false: not_found when there is no such file
};

// Opens or makes the database, migrates an older schema, and checks its integrity when it was not closed in order or
// was changed since (a read of the whole file, which the log announces). Errors, each naming the file:
// unavailable: locked by another process; unsupported: a newer schema than this host knows; storage: damaged, not a
// database, or not writable.
base::Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

}  // namespace backplane::store
