// What is said of a file that cannot be opened, and what is checked of one that can.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/fresh_events.hpp"
#include "store/fresh_sqlite_store.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::testing {

using base::Code;
using sqlite::Connection;

namespace {

base::Error open_error(const std::filesystem::path& path) {
  auto opened = open_sqlite({path});
  REQUIRE_FALSE(opened.has_value());
  CHECK_THAT(opened.error().message, Catch::Contains(path.string()));
  return opened.error();
}

void run_sql(const std::filesystem::path& path, const std::string& sql) {
  auto connection = Connection::open(path, Connection::Access::read_write, std::chrono::seconds(1)).value();
  REQUIRE(connection->execute(sql).has_value());
}

}  // namespace

TEST_CASE("A database that another store has open is in use, and free again when that one is closed") {
  FreshSqliteStore store;
  const base::Error error = open_error(store.path());
  CHECK(error.code == Code::unavailable);
  CHECK_THAT(error.message, Catch::Contains("process " + std::to_string(getpid())));
  store.close();
  CHECK(open_sqlite({store.path()}).has_value());
}

TEST_CASE("A database that another program is writing to is unavailable") {
  FreshSqliteStore store;
  store.close();
  auto other = Connection::open(store.path(), Connection::Access::read_write, std::chrono::seconds(1)).value();
  REQUIRE(other->execute("BEGIN EXCLUSIVE").has_value());
  auto opened = open_sqlite({store.path(), std::chrono::milliseconds(10)});
  if (opened) {
    const auto declared = (*opened)->declare({{"note", {"/other"}}}, nullptr);
    CHECK(declared.error().code == Code::unavailable);
    CHECK_THAT(declared.error().message, Catch::Contains("locked"));
  } else {
    CHECK(opened.error().code == Code::unavailable);
  }
}

TEST_CASE("A newer schema is unsupported, and both versions are named") {
  FreshSqliteStore store;
  store.close();
  run_sql(store.path(), "PRAGMA user_version = 4711");
  const base::Error error = open_error(store.path());
  CHECK(error.code == Code::unsupported);
  CHECK_THAT(error.message, Catch::Contains("4711") && Catch::Contains("up to 3"));
}

TEST_CASE("A database of the first schema is migrated: what is in it stays, and events can be published") {
  FreshSqliteStore store;
  done(*store, create("a", "1"));
  store.close();
  run_sql(store.path(), "DROP TABLE event; DROP TABLE name; DROP TABLE event_log; DROP TABLE subscription; DROP TABLE delivery; "
                        "PRAGMA user_version = 1");
  store.reopen();
  CHECK(found(*store, "a").current.document.text() == "1");
  CHECK(publish(*store, {event("e")}).at(0).position == 1);
}

TEST_CASE("A database of the second schema is migrated: tenants have event ids of their own, and what was removed is known") {
  struct Case {
    const char* gone;  // positions of ten
    std::uint64_t removed_up_to;
  };
  for (const Case& one : {Case{"position < 0", 0}, Case{"position < 4", 3}, Case{"position NOT IN (2, 7, 8, 9, 10)", 6},
                          Case{"position NOT IN (2, 5)", 10}, Case{"position > 0", 10}}) {
    CAPTURE(one.gone);
    FreshSqliteStore store;
    publish_many(*store, 1, 10);
    store.close();
    run_sql(store.path(), "DROP INDEX event_id; CREATE UNIQUE INDEX event_id ON event (id); "
                          "ALTER TABLE event_log DROP COLUMN removed_up_to; PRAGMA user_version = 2; DELETE FROM event WHERE " +
                              std::string(one.gone));
    store.reopen();
    CHECK(removed_up_to(*store) == one.removed_up_to);
    model::Event of_another = event("e2");
    of_another.tenant = "another";
    CHECK(publish(*store, {of_another}).at(0).position == 11);
    CHECK_FALSE(publish(*store, {of_another}).at(0).is_new);
  }
}

TEST_CASE("Another program's database is refused and left as it was") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "other.db";
  run_sql(path, "CREATE TABLE theirs (x)");
  const std::string before = bytes_of(path);
  CHECK(open_error(path).code == Code::storage);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("A file that is no database is refused") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "notes.txt";
  std::ofstream(path) << std::string(5000, 'x');
  const base::Error error = open_error(path);
  CHECK(error.code == Code::storage);
  CHECK_THAT(error.message, Catch::Contains("not a SQLite database"));
  CHECK(open_error(directory.path()).code == Code::storage);
}

TEST_CASE("An empty file becomes a database") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "empty.db";
  std::ofstream(path).flush();
  CHECK(open_sqlite({path}).has_value());
}

TEST_CASE("A database in a directory that is not there, or not writable, is refused") {
  const TemporaryDirectory directory;
  CHECK(open_error(directory.path() / "none" / "x.db").code == Code::storage);
  CHECK(open_error("/proc/backplane.db").code == Code::storage);
}

TEST_CASE("Without leave to make one, a database that is not there is not found") {
  const TemporaryDirectory directory;
  SqliteOptions options{directory.path() / "x.db"};
  options.create = false;
  CHECK(open_sqlite(options).error().code == Code::not_found);
  CHECK_FALSE(std::filesystem::exists(options.path));
}

TEST_CASE("A damaged database is refused at the start") {
  FreshSqliteStore store;
  for (int i = 0; i < 50; ++i) done(*store, create("a" + std::to_string(i), '"' + std::string(1000, 'x') + '"'));
  store.close();
  const int file = open(store.path().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(file >= 0);
  const std::string garbage(4096, '\x7f');
  for (const off_t page : {1, 2, 12, 14})
    REQUIRE(pwrite(file, garbage.data(), garbage.size(), page * 4096) == static_cast<ssize_t>(garbage.size()));
  ::close(file);
  const base::Error error = open_error(store.path());
  CHECK(error.code == Code::storage);
  CHECK_THAT(error.message, Catch::Contains("damaged"));
}

TEST_CASE("A database that was closed in order leaves no log behind and is opened again") {
  FreshSqliteStore store;
  done(*store, create("a", "1"));
  store.close();
  CHECK_FALSE(std::filesystem::exists(store.path().string() + "-wal"));
  CHECK_THAT(bytes_of(store.path().string() + ".lock"), Catch::Contains("closed"));
  store.reopen();
  CHECK_THAT(bytes_of(store.path().string() + ".lock"), Catch::Contains("open by process"));
  CHECK(found(*store, "a").current.document.text() == "1");
}

}  // namespace backplane::store::testing
