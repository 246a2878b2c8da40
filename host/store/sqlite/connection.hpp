// A connection to the database file, its prepared statements, and how SQLite's errors read. Used by the writer and by
// each reader. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace backplane::store::sqlite {

// The text of a statement that is prepared once per connection; known by its address.
struct Sql {
  const char* text;
};

struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};
using Value = std::variant<std::int64_t, std::string, Blob>;

class Connection;

// A prepared statement while it is used; its destructor makes it ready for the next use. A bound text is not copied: it
// must live until then. Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement(Connection& connection, sqlite3_stmt* statement) : connection_(&connection), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view text);
  void bind(int parameter, const Value& value);
  void bind_count(int parameter, std::uint64_t value) { bind(parameter, static_cast<std::int64_t>(value)); }

  // Whether there is a (next) row.
  base::Result<bool> step();
  // Runs it to its end.
  base::Result<void> run();
  // Makes it ready for other parameters.
  void reset();

  std::int64_t integer(int column) const;
  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string_view text(int column) const;  // until the next step

 private:
  Connection* connection_;
  sqlite3_stmt* statement_;
};

class Connection {
 public:
  enum class Access { read_write, read_only };

  // Opens the file (read_write: makes it when it is missing) and sets what holds for every connection.
  static base::Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Access access,
                                                        std::chrono::milliseconds busy_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  base::Result<Statement> use(const Sql& sql);
  // For statements made at run time; the last few dozen stay prepared.
  base::Result<Statement> use_text(const std::string& sql);
  // Runs statements that give no rows.
  base::Result<void> execute(const std::string& sql);
  // The one value that a statement gives.
  base::Result<std::int64_t> integer(const std::string& sql);
  base::Result<std::string> text(const std::string& sql);

  std::int64_t last_rowid() const;
  std::int64_t changed_rows() const;
  std::int64_t total_changes() const;  // of all statements so far
  bool in_transaction() const;

  // Copies of the write-ahead log into the database what no reader holds back.
  base::Result<void> copy_log();
  // Copies all of it and empties it. False: a reader holds it back for longer than `patience`.
  base::Result<bool> empty_log(std::chrono::milliseconds patience);
  // The number of pages in the write-ahead log after the last commit.
  int log_pages() const { return log_pages_; }
  // Forgets the pages that are held in memory.
  void drop_cache();

  // What went wrong last, with the file's name.
  base::Error error();
  // Whether an error since the last call was that the disk is full.
  bool take_disk_full() { return std::exchange(disk_full_, false); }
  sqlite3* handle() const { return handle_; }

 private:
  Connection(sqlite3* handle, std::filesystem::path path) : handle_(handle), path_(std::move(path)) {}
  base::Result<void> set_up(Access access, std::chrono::milliseconds busy_timeout);
  base::Result<bool> checkpoint(int mode);
  base::Result<sqlite3_stmt*> prepare(std::string_view sql);

  sqlite3* handle_;
  std::filesystem::path path_;
  std::chrono::milliseconds busy_timeout_{};
  int log_pages_ = 0;
  bool disk_full_ = false;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::unordered_map<std::string, sqlite3_stmt*> made_statements_;
};

}  // namespace backplane::store::sqlite
