#include "store/open.hpp"

#include "base/log.hpp"
#include "store/sqlite/event_append.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/page_scrub.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace backplane::store {
namespace {

using namespace sqlite;

base::Result<void> check_file(const SqliteOptions& options) {
  std::error_code error;
  const bool exists = std::filesystem::exists(options.path, error);
  if (exists && !std::filesystem::is_regular_file(options.path, error))
    return base::Error{base::Code::storage, "the database " + options.path.string() + ": wanted a file, found something else"};
  if (!exists && !options.create)
    return base::Error{base::Code::not_found, "the database " + options.path.string() + ": no such file"};
  return base::ok();
}

// Reads every page: a second for each gigabyte or two. Done only when the file may have suffered.
base::Result<void> check_integrity(Connection& connection, const std::filesystem::path& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  base::log_info("store", path.string() + " was not closed in order, or changed since: checking its " +
                              std::to_string(error ? 0 : bytes) + " bytes");
  BACKPLANE_TRY(const std::string found, connection.text("PRAGMA quick_check(1)"));
  if (found == "ok") return base::ok();
  return base::Error{base::Code::storage, "the database " + path.string() + " is damaged: " + found};
}

void warn_when_large(std::uintmax_t bytes, const std::filesystem::path& path) {
  if (bytes / 4096 >= most_scrubbed_pages)
    base::log_warning("store", path.string() + " is larger than 128 GiB: what is purged may leave traces in unused parts of pages");
}

// Durable: the log is synced at every commit. Erased: what is deleted is overwritten. Nothing is written beside the files.
base::Result<void> set_up_writing(Connection& connection, const std::filesystem::path& path) {
  BACKPLANE_TRY(const std::string mode, connection.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal")
    return base::Error{base::Code::storage, "the database " + path.string() + ": wanted a write-ahead log, found journal mode " +
                                                mode + " (a file system without shared memory?)"};
  for (const char* const pragma : {"synchronous = FULL", "secure_delete = ON", "journal_size_limit = 67108864",
                                   "temp_store = MEMORY"})
    BACKPLANE_CHECK(connection.execute(std::string("PRAGMA ") + pragma));
  return base::ok();
}

}  // namespace

base::Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  BACKPLANE_CHECK(check_file(options));
  BACKPLANE_TRY(std::unique_ptr<FileLock> lock, FileLock::take(options.path));
  std::error_code error;
  const bool exists = std::filesystem::exists(options.path, error);
  const std::uintmax_t bytes = exists ? std::filesystem::file_size(options.path, error) : 0;
  warn_when_large(bytes, options.path);
  BACKPLANE_TRY(auto connection, Connection::open(options.path, Connection::Access::read_write, options.busy_timeout));
  BACKPLANE_CHECK(check_schema(*connection, options.path));
  BACKPLANE_CHECK(set_up_writing(*connection, options.path));
  if (bytes > 0 && !lock->was_closed_in_order()) BACKPLANE_CHECK(check_integrity(*connection, options.path));
  BACKPLANE_CHECK(migrate(*connection, options.path));
  // What a purge had yet to erase from the log when the last host ended.
  BACKPLANE_CHECK(connection->empty_log(std::chrono::milliseconds(0)));
  BACKPLANE_TRY(const LogTotals totals, read_totals(*connection));
  gather_log_writes(connection->handle());
  return std::unique_ptr<Store>(new SqliteStore(options, std::move(lock), std::move(connection), totals.last_position));
}

}  // namespace backplane::store
