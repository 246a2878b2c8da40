#include <random>

#include <nlohmann/json.hpp>

#include "store/sqlite/json_scan.hpp"
#include "store/sqlite/member_key.hpp"
#include "store/sqlite/page_scrub.hpp"
#include "support/catch.hpp"

namespace backplane::store::sqlite {

using base::Json;

TEST_CASE("A value is found in the text where a JSON Pointer leads") {
  const std::string json =
      R"({"a":{"b":[10,{"c":"x,]}\"y"},[[]],"last"]},"":0,"m~n":1,"q/r":2,"\u00e9":3,"s":"\\","t":true,"n":-1.5e3})";
  const Json parsed = Json::parse(json);
  for (const std::string pointer : {"", "/a", "/a/b", "/a/b/0", "/a/b/1", "/a/b/1/c", "/a/b/2", "/a/b/2/0", "/a/b/3", "/",
                                    "/m~0n", "/q~1r", "/é", "/s", "/t", "/n"}) {
    const auto value = find_in_json(json, pointer);
    REQUIRE(value.has_value());
    CHECK(Json::parse(*value) == parsed.at(Json::json_pointer(pointer)));
  }
  for (const std::string pointer : {"/b", "/a/b/4", "/a/b/01", "/a/b/-", "/a/b/x", "/t/x", "/s/0", "/a/b/2/0/0", "/a/c"})
    CHECK_FALSE(find_in_json(json, pointer).has_value());
  CHECK(find_in_json(" { \"a\" : [ 1 , 2 ] } ", "/a/1") == std::string_view("2"));
}

TEST_CASE("What is a JSON Pointer is told from what is not") {
  for (const char* const pointer : {"", "/", "/a/b", "/~0~1", "/a//b"}) CHECK(is_json_pointer(pointer));
  for (const char* const pointer : {"a", "/~", "/~2", "/a~"}) CHECK_FALSE(is_json_pointer(pointer));
}

TEST_CASE("Keys sort as their numbers do, exactly") {
  const std::vector<Json> ascending{-1e300, INT64_MIN, INT64_MIN + 1, -9007199254740993, -9007199254740992.0, -1.5, -1,
                                    -5e-324, 0, 5e-324, 0.1, 1, 1.0000000000000002, 2, 9007199254740992, 9007199254740993,
                                    9007199254740994.0, INT64_MAX - 1, INT64_MAX, 9223372036854775808.0,
                                    std::uint64_t{9223372036854775809u}, UINT64_MAX, 1e300};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    INFO(ascending[i - 1] << " < " << ascending[i]);
    CHECK(key_of(ascending[i - 1]) < key_of(ascending[i]));
  }
  CHECK(key_of(0) == key_of(-0.0));
  CHECK(key_of(10) == key_of(10.0));
  CHECK(key_of(std::uint64_t{7}) == key_of(std::int64_t{7}));
}

TEST_CASE("A member has the key of its value") {
  for (const Json& value : {Json(nullptr), Json(true), Json(false), Json(-7), Json(UINT64_MAX), Json(0.25), Json("x"),
                            Json("\"\\\n\u00e9"), Json("")}) {
    INFO(value);
    CHECK(member_key(Json{{"a", value}}.dump(), "/a") == key_of(value));
    CHECK(member_key(Json{{"a", value}}.dump(-1, ' ', true), "/a") == key_of(value));
  }
  CHECK(member_key("{}", "/a") == absent_key());
  CHECK(member_key(R"({"a":{}})", "/a") == member_key(R"({"a":[1]})", "/a"));
}

TEST_CASE("The unused part of a tree's page is zeroed, and nothing else") {
  std::vector<unsigned char> page(512, 0xee);
  page[0] = 13;                // a leaf of a table
  page[3] = 0, page[4] = 2;    // two cells
  page[5] = 1, page[6] = 0xf0;  // whose content begins at 496
  const auto before = page;
  scrub_page(page, 0);
  for (std::size_t i = 0; i < page.size(); ++i) CHECK(page[i] == (i >= 12 && i < 496 ? 0 : before[i]));
  for (const unsigned char other : {0, 1, 3, 14, 0xee}) {
    auto foreign = before;
    foreign[0] = other;
    const auto kept = foreign;
    scrub_page(foreign, 0);
    CHECK(foreign == kept);
  }
}

}  // namespace backplane::store::sqlite
