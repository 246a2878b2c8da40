// Opens the store that the settings name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "store/store.hpp"

namespace backplane::store {

struct SqliteOptions {
  std::filesystem::path path;  // of the database file; its directory exists. Beside it: <path>-wal, .lock, .ballast
  std::chrono::milliseconds busy_timeout{5000};
  std::size_t max_batch = 512;  // units of work in one transaction
  bool create = true;           // false: not_found when there is no such file
  // Of a file that is there to give its room back when the disk is full: without it neither retention nor anything else
  // can make room then. At most a sixteenth of the file system is taken. The write-ahead log is kept to half of it. 0:
  // no such file.
  std::uint64_t ballast_bytes = std::uint64_t{16} << 20u;
};

// Opens or makes the database, migrates an older schema, and checks its integrity when it was not closed in order or
// was changed since (a read of the whole file, which the log announces). Errors, each naming the file:
// unavailable: locked by another process; unsupported: a newer schema than this host knows; storage: damaged, not a
// database, or not writable.
base::Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

}  // namespace backplane::store
