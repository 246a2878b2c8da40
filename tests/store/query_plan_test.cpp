// That searches go through the indexes, by the plans that SQLite makes of them.
#include "store/fresh_events.hpp"
#include "store/fresh_sqlite_store.hpp"
#include "store/sqlite/event_query.hpp"
#include "store/sqlite/query.hpp"

namespace backplane::store::testing {

using sqlite::Connection;

namespace {

Field member_field(std::string pointer) { return {Field::Kind::pointer, std::move(pointer)}; }

class Plans {
 public:
  Plans() {
    store_.close();
    connection_ = Connection::open(store_.path(), Connection::Access::read_only, std::chrono::seconds(1)).value();
    type_ = connection_->integer("SELECT id FROM type WHERE name = 'note'").value();
    auto statement = connection_->use_text("SELECT pointer, id FROM member WHERE type = " + std::to_string(type_)).value();
    while (statement.step().value()) members_.push_back({std::string(statement.text(0)), statement.integer(1)});
  }

  std::string index(const std::string& pointer) const {
    for (const sqlite::IndexedMember& found : members_)
      if (found.pointer == pointer) return "member_" + std::to_string(found.id) + " ";
    return "none";
  }

  std::string plan(const sqlite::Query& query) {
    auto statement = connection_->use_text("EXPLAIN QUERY PLAN " + query.sql).value();
    std::string all;
    while (statement.step().value()) all += std::string(statement.text(3)) + "\n";
    return all;
  }
  std::string page(const Search& search) { return plan(sqlite::page_query(search, type_, members_).value()); }
  std::string total(const Search& search) { return plan(sqlite::total_query(search, type_, members_).value()); }

 private:
  FreshSqliteStore store_;
  std::unique_ptr<Connection> connection_;
  std::int64_t type_ = 0;
  std::vector<sqlite::IndexedMember> members_;
};

}  // namespace

TEST_CASE("A search goes through the index of what it filters or sorts by, and seeks in it") {
  Plans plans;
  using Catch::Contains;
  Search search{"acme", "note"};
  CHECK_THAT(plans.page(search), Contains("resource_key (type=? AND tenant=?") && !Contains("TEMP B-TREE"));

  search.filters = {{member_field("/title"), Comparison::equal, "x"}};
  CHECK_THAT(plans.page(search), Contains(plans.index("/title") + "(tenant=? AND <expr>=?") && !Contains("TEMP B-TREE"));
  CHECK_THAT(plans.total(search), Contains(plans.index("/title") + "(tenant=? AND <expr>=?"));
  for (const Comparison comparison : {Comparison::less, Comparison::greater_equal, Comparison::prefix}) {
    search.filters.front().comparison = comparison;
    CHECK_THAT(plans.page(search), Contains(plans.index("/title") + "(tenant=? AND <expr>>? AND <expr><?)"));
  }
  search.filters = {{member_field(odd_pointer), Comparison::equal, "x"}};
  CHECK_THAT(plans.page(search), Contains(plans.index(odd_pointer) + "(tenant=? AND <expr>=?"));
}

TEST_CASE("A sort by an indexed member needs no sorting, in either direction, and its next page is sought") {
  Plans plans;
  using Catch::Contains;
  Search search{"acme", "note"};
  for (const bool descending : {false, true}) {
    search.after.clear();
    search.sort = {{member_field("/rank"), descending}};
    CHECK_THAT(plans.page(search), Contains(plans.index("/rank") + "(tenant=?") && !Contains("TEMP B-TREE"));
    model::Resource last;
    last.key = note("a");
    search.after = sqlite::cursor_after(search, last);
    CHECK_THAT(plans.page(search),
               Contains(plans.index("/rank") + (descending ? "(tenant=? AND <expr><?)" : "(tenant=? AND <expr>>?)")) &&
                   !Contains("TEMP B-TREE"));
  }
}

TEST_CASE("Nothing from outside becomes part of the SQL but pointers that were declared") {
  const sqlite::IndexedMember declared{"/it's", 3};
  Search search{"acme'; DROP TABLE x", "note"};
  search.filters = {{member_field("/it's"), Comparison::equal, "'; --"}};
  const auto query = sqlite::page_query(search, 1, {declared});
  REQUIRE(query.has_value());
  CHECK_THAT(query->sql, !Catch::Contains("DROP") && !Catch::Contains("--") && Catch::Contains("'/it''s'"));
  search.filters.front().field.pointer = "/x') OR 1";
  CHECK_FALSE(sqlite::page_query(search, 1, {declared}).has_value());
}

TEST_CASE("A part of the event log is read by the index of a rare type or tenant, else in one piece, and never sorted") {
  using Catch::Contains;
  FreshSqliteStore store;
  std::vector<model::Event> many;
  for (int i = 0; i < 4000; ++i) {
    many.push_back(event("e" + std::to_string(i), i % 100 == 0 ? "rare.a" : i % 100 == 1 ? "rare.b" : "frequent"));
    many.back().tenant = i % 100 == 2 ? "small" : "large";
  }
  publish(*store, std::move(many));
  store.close();
  auto connection = Connection::open(store.path(), Connection::Access::read_only, std::chrono::seconds(1)).value();
  sqlite::Names names;
  const auto plan = [&](const EventQuery& query) {
    const auto made = sqlite::event_query(*connection, names, query, sqlite::Direction::backward).value();
    auto statement = connection->use_text("EXPLAIN QUERY PLAN " + made->sql).value();
    std::string all;
    while (statement.step().value()) all += std::string(statement.text(3)) + "\n";
    CHECK_THAT(all, !Contains("TEMP B-TREE"));
    return all;
  };
  const std::string whole = "SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n";
  CHECK(plan({}) == whole);
  CHECK(plan({.pattern = "frequent"}) == whole);
  CHECK(plan({.tenant = "large"}) == whole);
  CHECK_THAT(plan({.pattern = "rare.a"}), Contains("INDEX event_type (type=? AND rowid>? AND rowid<?)"));
  CHECK_THAT(plan({.pattern = "rare.*"}), Contains("MERGE (UNION ALL)") && Contains("INDEX event_type (type=?"));
  CHECK_THAT(plan({.tenant = "small"}), Contains("INDEX event_tenant (tenant=? AND rowid>? AND rowid<?)"));
  CHECK_THAT(plan({.pattern = "frequent", .tenant = "small"}), Contains("INDEX event_tenant (tenant=?"));
  CHECK(plan({.pattern = "rare.a", .after = 3000}) == whole);
}

}  // namespace backplane::store::testing
