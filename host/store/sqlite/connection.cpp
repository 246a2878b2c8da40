#include "store/sqlite/connection.hpp"

#include <sqlite3.h>

#include <cerrno>

#include "base/assertion.hpp"
#include "store/sqlite/member_key.hpp"
#include "store/sqlite/page_scrub.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr std::size_t most_made_statements = 48;

// What a result of SQLite's means to those above.
base::Code code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::Code::unavailable;
    default: return base::Code::storage;
  }
}

std::string_view meaning_of(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "locked by another process";
    case SQLITE_CORRUPT: return "damaged";
    case SQLITE_NOTADB: return "not a SQLite database";
    case SQLITE_READONLY: return "not writable";
    case SQLITE_CANTOPEN: return "cannot be opened or made (does its directory exist, is it writable?)";
    default: return "failed";
  }
}

// A quota says no in its own way, and a file system that takes room late says so at the sync.
bool is_disk_full(sqlite3* handle, int result) {
  if ((result & 0xff) == SQLITE_FULL) return true;
  if ((result & 0xff) != SQLITE_IOERR && (result & 0xff) != SQLITE_CANTOPEN) return false;
  const int reason = sqlite3_system_errno(handle);
  return reason == ENOSPC || reason == EDQUOT;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Statement::bind(int parameter, std::int64_t value) {
  BACKPLANE_ASSERT(sqlite3_bind_int64(statement_, parameter, value) == SQLITE_OK);
}

void Statement::bind(int parameter, std::string_view text) {
  BACKPLANE_ASSERT(sqlite3_bind_text64(statement_, parameter, text.data() == nullptr ? "" : text.data(), text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind(int parameter, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return bind(parameter, *number);
  if (const auto* text = std::get_if<std::string>(&value)) return bind(parameter, std::string_view(*text));
  const std::string& bytes = std::get<Blob>(value).bytes;
  BACKPLANE_ASSERT(sqlite3_bind_blob64(statement_, parameter, bytes.data(), bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

base::Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return connection_->error();
}

base::Result<void> Statement::run() {
  for (;;) {
    BACKPLANE_TRY(const bool row, step());
    if (!row) return base::ok();
  }
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::text(int column) const {
  // As a blob: SQLite need not end it with a NUL, nor copy it for that.
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path, Access access,
                                                           std::chrono::milliseconds busy_timeout) {
  // Each connection has one user at a time, so SQLite needs no locks of its own around it, nor around its counts of
  // memory. The latter must be said before its first use, which may have been somebody else's: then it stays.
  static const int memory_uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(memory_uncounted);
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, page_scrub_vfs());
  std::unique_ptr<Connection> connection(new Connection(handle, path));
  if (result != SQLITE_OK) return connection->error();
  BACKPLANE_CHECK(connection->set_up(access, busy_timeout));
  return connection;
}

base::Result<void> Connection::set_up(Access access, std::chrono::milliseconds busy_timeout) {
  busy_timeout_ = busy_timeout;
  sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout.count()));
  add_member_function(handle_);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  BACKPLANE_CHECK(execute("PRAGMA cache_size = -8192"));  // KiB, taken as needed
  if (access == Access::read_only)
    return execute("PRAGMA query_only = ON; PRAGMA mmap_size = 1000000000");  // any size: see file_map.hpp
  // In place of SQLite's own, which checkpoints: `PRAGMA wal_autocheckpoint` would bring that back, or no hook at all.
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  return base::ok();
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  for (const auto& [sql, statement] : made_statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

base::Result<sqlite3_stmt*> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK)
    return error();
  return statement;
}

base::Result<Statement> Connection::use(const Sql& sql) {
  sqlite3_stmt*& statement = statements_[sql.text];
  if (statement == nullptr) {
    BACKPLANE_TRY(statement, prepare(sql.text));
  }
  return Statement(*this, statement);
}

base::Result<Statement> Connection::use_text(const std::string& sql) {
  if (const auto found = made_statements_.find(sql); found != made_statements_.end())
    return Statement(*this, found->second);
  if (made_statements_.size() >= most_made_statements) {
    for (const auto& [text, statement] : made_statements_) sqlite3_finalize(statement);
    made_statements_.clear();
  }
  BACKPLANE_TRY(sqlite3_stmt* const statement, prepare(sql));
  made_statements_.emplace(sql, statement);
  return Statement(*this, statement);
}

base::Result<void> Connection::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return base::ok();
}

base::Result<std::int64_t> Connection::integer(const std::string& sql) {
  BACKPLANE_TRY(Statement statement, use_text(sql));
  BACKPLANE_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

base::Result<std::string> Connection::text(const std::string& sql) {
  BACKPLANE_TRY(Statement statement, use_text(sql));
  BACKPLANE_TRY(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

std::int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Connection::changed_rows() const { return sqlite3_changes64(handle_); }

std::int64_t Connection::total_changes() const { return sqlite3_total_changes64(handle_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

base::Result<void> Connection::copy_log() {
  BACKPLANE_CHECK(checkpoint(SQLITE_CHECKPOINT_PASSIVE));
  return base::ok();
}

base::Result<bool> Connection::empty_log(std::chrono::milliseconds patience) {
  sqlite3_busy_timeout(handle_, static_cast<int>(patience.count()));
  base::Result<bool> emptied = checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
  sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout_.count()));
  return emptied;
}

base::Result<bool> Connection::checkpoint(int mode) {
  const int result = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, nullptr, nullptr);
  if ((result & 0xff) == SQLITE_BUSY) return false;
  if (result != SQLITE_OK) return error();
  log_pages_ = 0;
  return true;
}

void Connection::drop_cache() { sqlite3_db_release_memory(handle_); }

base::Error Connection::error() {
  const int result = handle_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle_);
  const bool disk_full = is_disk_full(handle_, result);
  disk_full_ |= disk_full;
  std::string message =
      "the database " + path_.string() + ": " + std::string(disk_full ? "the disk is full" : meaning_of(result));
  message += " (SQLite " + std::to_string(result) + ": ";
  message += handle_ == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(handle_);
  return {code_of(result), message + ")"};
}

}  // namespace backplane::store::sqlite
