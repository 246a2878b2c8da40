#include <algorithm>
#include <random>

#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;
using base::Json;
using Ids = std::vector<std::string>;

namespace {

Field member(std::string pointer) { return {Field::Kind::pointer, std::move(pointer)}; }
Field own(Field::Kind kind) { return {kind}; }

Ids ids_of(const Page& page) {
  Ids ids;
  for (const model::Resource& resource : page.resources) ids.push_back(resource.key.id);
  return ids;
}

Ids all(Store& store, Search search) {
  Ids ids;
  search.tenant = "acme";
  search.type = "note";
  for (;;) {
    const auto page = store.search(search);
    if (!page) FAIL(page.error().message);
    CHECK(page->resources.size() <= search.limit);
    for (std::string& id : ids_of(*page)) ids.push_back(std::move(id));
    if (page->next.empty()) return ids;
    CHECK(page->resources.size() == search.limit);
    search.after = page->next;
  }
}

Ids filtered(Store& store, const Field& field, Comparison comparison, Json value) {
  Search search;
  search.filters = {{field, comparison, std::move(value)}};
  return all(store, search);
}

base::Error refusal(Store& store, Search search) {
  search.tenant = "acme";
  search.type = "note";
  const auto page = store.search(search);
  REQUIRE_FALSE(page.has_value());
  return page.error();
}

// One resource for each kind of value, named by where it sorts.
void fill_ranks(Store& store) {
  const std::vector<std::pair<const char*, const char*>> documents{
      {"s3", R"({"rank":"10"})"}, {"n2", R"({"rank":1.5})"}, {"b1", R"({"rank":false})"}, {"x1", R"({"other":1})"},
      {"n1", R"({"rank":-3})"},   {"s1", R"({"rank":""})"},  {"b2", R"({"rank":true})"},  {"o1", R"({"rank":{}})"},
      {"n3", R"({"rank":10})"},   {"z1", R"({"rank":null})"}, {"n4", R"({"rank":9007199254740993})"},
      {"n5", R"({"rank":18446744073709551615})"}, {"s4", R"({"rank":"é"})"}, {"s2", R"({"rank":"\u0031"})"}};
  for (const auto& [id, json] : documents) done(store, create(id, json));
}

}  // namespace

TEST_CASE("A search without more gives the living resources of its tenant and type by id") {
  FreshStore store;
  for (const char* const id : {"b", "c", "a"}) done(*store, create(id, "1"));
  done(*store, Delete{note("c"), {}});
  done(*store, Create{{"", "note", "d"}, model::Status::stable, doc("1")});
  done(*store, Create{{"acme", "task", "e"}, model::Status::stable, doc("1")});
  CHECK(all(*store, {}) == Ids{"a", "b"});
  Search search;
  search.deleted = Deleted::include;
  CHECK(all(*store, search) == Ids{"a", "b", "c"});
  search.deleted = Deleted::only;
  CHECK(all(*store, search) == Ids{"c"});
  CHECK(store->search({"acme", "never-heard-of"})->resources.empty());
}

TEST_CASE("Values sort null, booleans, numbers, strings, absent; downwards the other way round") {
  FreshStore store;
  fill_ranks(*store);
  Ids order{"z1", "b1", "b2", "n1", "n2", "n3", "n4", "n5", "s1", "s2", "s3", "s4", "o1", "x1"};
  Search search;
  search.limit = GENERATE(1, 3, 50);
  search.sort = {{member("/rank")}};
  CHECK(all(*store, search) == order);
  search.sort.front().descending = true;
  std::reverse(order.begin(), order.end());
  CHECK(all(*store, search) == order);
}

TEST_CASE("Filters compare values within their kind") {
  FreshStore store;
  fill_ranks(*store);
  const Field rank = member("/rank");
  const auto by_name = [](Ids ids) { return std::sort(ids.begin(), ids.end()), ids; };
  const auto find = [&](Comparison comparison, Json value) { return by_name(filtered(*store, rank, comparison, std::move(value))); };
  CHECK(find(Comparison::equal, 10) == Ids{"n3"});
  CHECK(find(Comparison::equal, 10.0) == Ids{"n3"});
  CHECK(find(Comparison::equal, "10") == Ids{"s3"});
  CHECK(find(Comparison::equal, "1") == Ids{"s2"});
  CHECK(find(Comparison::equal, true) == Ids{"b2"});
  CHECK(find(Comparison::equal, 1).empty());
  CHECK(find(Comparison::equal, 0).empty());
  CHECK(find(Comparison::equal, nullptr) == Ids{"z1"});
  CHECK(find(Comparison::equal, 9007199254740993) == Ids{"n4"});
  CHECK(find(Comparison::equal, 9007199254740992).empty());
  CHECK(find(Comparison::less, 10) == Ids{"n1", "n2"});
  CHECK(find(Comparison::less_equal, 10) == Ids{"n1", "n2", "n3"});
  CHECK(find(Comparison::greater, 1.5) == Ids{"n3", "n4", "n5"});
  CHECK(find(Comparison::greater, 9007199254740992) == Ids{"n4", "n5"});
  CHECK(find(Comparison::greater_equal, true) == Ids{"b2"});
  CHECK(find(Comparison::less, true) == Ids{"b1"});
  CHECK(find(Comparison::greater, "1") == Ids{"s3", "s4"});
  CHECK(find(Comparison::prefix, "1") == Ids{"s2", "s3"});
  CHECK(find(Comparison::prefix, "") == Ids{"s1", "s2", "s3", "s4"});
  CHECK(find(Comparison::less, nullptr).empty());
}

TEST_CASE("Not equal finds every value that is there and another, of any kind") {
  FreshStore store;
  fill_ranks(*store);
  const Ids found_ids = filtered(*store, member("/rank"), Comparison::not_equal, 10);
  CHECK(found_ids.size() == 12);
  CHECK(std::count(found_ids.begin(), found_ids.end(), "n3") == 0);
  CHECK(std::count(found_ids.begin(), found_ids.end(), "x1") == 0);
}

TEST_CASE("Members are found by any JSON Pointer, in arrays, behind escapes and odd names") {
  FreshStore store;
  done(*store, create("a", R"({"tags":["x","y"],"it's ~/ \"x\"":1})"));
  done(*store, create("b", R"({"tags":["y"],"it's ~\/ \u0022x\"":2,"title":{"nested":"no"}})"));
  done(*store, create("c", R"({"tags":{"0":"x"},"a":{"title":"t"},"b":["title"],"title":"t\n"})"));
  CHECK(filtered(*store, member("/tags/0"), Comparison::equal, "x") == Ids{"a", "c"});
  CHECK(filtered(*store, member(odd_pointer), Comparison::equal, 2) == Ids{"b"});
  CHECK(filtered(*store, member("/title"), Comparison::equal, "t").empty());
  CHECK(filtered(*store, member("/title"), Comparison::equal, "t\n") == Ids{"c"});
}

TEST_CASE("The resource's own members can be filtered and sorted by") {
  FreshStore store;
  done(*store, create("a", "1", model::Status::draft), "ann", 3);
  done(*store, create("b", "1"), "bob", 2);
  done(*store, create("bc", "1"), "cyd", 1);
  done(*store, update("b", "2"), "dan", 9);
  using Kind = Field::Kind;
  CHECK(filtered(*store, own(Kind::id), Comparison::prefix, "b") == Ids{"b", "bc"});
  CHECK(filtered(*store, own(Kind::id), Comparison::greater, "b") == Ids{"bc"});
  CHECK(filtered(*store, own(Kind::status), Comparison::equal, "draft") == Ids{"a"});
  CHECK(filtered(*store, own(Kind::status), Comparison::not_equal, "draft") == Ids{"b", "bc"});
  CHECK(filtered(*store, own(Kind::revision), Comparison::greater_equal, 2) == Ids{"b"});
  CHECK(filtered(*store, own(Kind::created_by), Comparison::equal, "bob") == Ids{"b"});
  CHECK(filtered(*store, own(Kind::updated_by), Comparison::prefix, "da") == Ids{"b"});
  CHECK(filtered(*store, own(Kind::created_at), Comparison::less, base::to_rfc3339(at(3))) == Ids{"b", "bc"});
  CHECK(filtered(*store, own(Kind::updated_at), Comparison::equal, base::to_rfc3339(at(9))) == Ids{"b"});
  Search search;
  search.limit = 1;
  search.sort = {{own(Kind::created_at), true}};
  CHECK(all(*store, search) == Ids{"a", "b", "bc"});
  search.sort = {{own(Kind::updated_at)}};
  CHECK(all(*store, search) == Ids{"bc", "a", "b"});
  search.sort = {{own(Kind::id), true}};
  CHECK(all(*store, search) == Ids{"bc", "b", "a"});
}

TEST_CASE("Pages neither repeat nor skip, whatever the sorts, their directions, ties and the size of a page") {
  FreshStore store;
  std::mt19937 random(7);
  std::vector<Write> writes;
  for (int i = 0; i < 120; ++i) {
    Json document = {{"rank", random() % 3}, {"title", std::string(1, static_cast<char>('a' + random() % 3))}};
    if (random() % 5 == 0) document.erase("title");
    writes.emplace_back(create("r" + std::to_string(i), document.dump()));
  }
  REQUIRE(commit(*store, unit(std::move(writes))).has_value());
  Search search;
  const bool first_down = GENERATE(true, false), second_down = GENERATE(true, false);
  search.sort = {{member("/rank"), first_down}, {member("/title"), second_down}};
  search.limit = 1000;
  const Ids at_once = all(*store, search);
  CHECK(at_once.size() == 120);
  search.limit = 7;
  CHECK(all(*store, search) == at_once);
  search.filters = {{member("/done"), Comparison::not_equal, 1}};
  CHECK(all(*store, search).empty());
  search.filters = {{member("/title"), Comparison::less, "c"}, {member("/rank"), Comparison::greater, 0}};
  const Ids some = all(*store, search);
  CHECK(std::includes(at_once.begin(), at_once.end(), some.begin(), some.end(), [&](const auto& a, const auto& b) {
    return std::find(at_once.begin(), at_once.end(), a) < std::find(at_once.begin(), at_once.end(), b);
  }));
  CHECK(some.size() > 20);
  CHECK(some.size() < 100);
}

TEST_CASE("The total counts what is found on all pages") {
  FreshStore store;
  for (int i = 0; i < 5; ++i) done(*store, create("a" + std::to_string(i), R"({"rank":)" + std::to_string(i) + "}"));
  Search search{"acme", "note"};
  CHECK_FALSE(store->search(search)->total.has_value());
  search.want_total = true;
  search.limit = 2;
  search.filters = {{member("/rank"), Comparison::greater, 0}};
  const Page first = store->search(search).value();
  CHECK(first.total == 4u);
  search.after = first.next;
  CHECK(store->search(search)->total == 4u);
  search.limit = 0;
  search.after.clear();
  const Page none = store->search(search).value();
  CHECK(none.resources.empty());
  CHECK(none.next.empty());
  CHECK(none.total == 4u);
}

TEST_CASE("A search follows updates, deletes and purges") {
  FreshStore store;
  done(*store, create("a", R"({"title":"old"})"));
  done(*store, update("a", R"({"title":"new"})"));
  CHECK(filtered(*store, member("/title"), Comparison::equal, "old").empty());
  CHECK(filtered(*store, member("/title"), Comparison::equal, "new") == Ids{"a"});
  done(*store, Switch{note("a"), {}, 1});
  CHECK(filtered(*store, member("/title"), Comparison::equal, "old") == Ids{"a"});
  done(*store, Delete{note("a"), {}});
  CHECK(filtered(*store, member("/title"), Comparison::equal, "old").empty());
  done(*store, Purge{note("a"), {}});
  Search search;
  search.deleted = Deleted::include;
  CHECK(all(*store, search).empty());
}

TEST_CASE("A field that is not indexed is refused with the list of those that are") {
  FreshStore store;
  Search search;
  search.filters = {{member("/body"), Comparison::equal, 1}};
  const base::Error error = refusal(*store, search);
  CHECK(error.code == Code::invalid_argument);
  CHECK_THAT(error.message, Catch::Contains("/body") && Catch::Contains("/title, /rank"));
  search.filters.clear();
  search.sort = {{member("/body")}};
  CHECK(refusal(*store, search).code == Code::invalid_argument);
  search.type = "task";
  search.tenant = "acme";
  CHECK_THAT(store->search(search).error().message, Catch::Contains("none"));
}

TEST_CASE("A value that does not fit its field is refused") {
  FreshStore store;
  using Kind = Field::Kind;
  const std::vector<Filter> wrong{{member("/rank"), Comparison::equal, Json::array()},
                                  {member("/rank"), Comparison::equal, Json::object()},
                                  {member("/rank"), Comparison::prefix, 1},
                                  {own(Kind::id), Comparison::equal, 1},
                                  {own(Kind::status), Comparison::equal, "finished"},
                                  {own(Kind::status), Comparison::less, "draft"},
                                  {own(Kind::revision), Comparison::equal, "1"},
                                  {own(Kind::revision), Comparison::equal, 1.5},
                                  {own(Kind::revision), Comparison::prefix, 1},
                                  {own(Kind::created_at), Comparison::equal, "yesterday"},
                                  {own(Kind::created_at), Comparison::equal, 1},
                                  {own(Kind::updated_by), Comparison::equal, nullptr}};
  for (const Filter& filter : wrong) {
    Search search;
    search.filters = {filter};
    CHECK(refusal(*store, search).code == Code::invalid_argument);
  }
}

TEST_CASE("A cursor of another search, or none at all, is refused") {
  FreshStore store;
  for (const char* const id : {"a", "b", "c"}) done(*store, create(id, "1"));
  Search search{"acme", "note"};
  search.limit = 1;
  const std::string cursor = store->search(search)->next;
  REQUIRE_FALSE(cursor.empty());
  std::vector<Search> others(6, search);
  others[0].sort = {{own(Field::Kind::id), true}};
  others[1].filters = {{own(Field::Kind::id), Comparison::greater, ""}};
  others[2].deleted = Deleted::include;
  others[3].tenant = "";
  others[4].type = "task";
  for (Search& other : others) other.after = cursor;
  others[5].after = "not a cursor";
  for (const Search& other : others) {
    const auto page = store->search(other);
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().code == Code::invalid_argument);
  }
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    search.after = cursor.substr(0, i);
    if (i > 0) CHECK_FALSE(store->search(search).has_value());
  }
}

TEST_CASE("An index declared later finds what was there, and one no longer declared cannot be used") {
  FreshStore store;
  done(*store, create("a", R"({"body":"x"})"));
  std::vector<std::string> told;
  REQUIRE(store->declare({{"note", {"/body"}}}, [&](const std::string& what) { told.push_back(what); }).has_value());
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Catch::Contains("note") && Catch::Contains("/body"));
  CHECK(filtered(*store, member("/body"), Comparison::equal, "x") == Ids{"a"});
  Search search;
  search.filters = {{member("/title"), Comparison::equal, 1}};
  CHECK(refusal(*store, search).code == Code::invalid_argument);
  told.clear();
  REQUIRE(store->declare({{"note", {"/body"}}}, [&](const std::string& what) { told.push_back(what); }).has_value());
  CHECK(told.empty());
  CHECK(store->declare({{"note", {"body"}}}, nullptr).error().code == Code::invalid_argument);
}

}  // namespace backplane::store::testing
