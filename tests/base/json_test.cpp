#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace backplane::base;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

void check_refused(std::string_view text, Code code, std::string_view part, const JsonLimits& limits = {}) {
  INFO(text.substr(0, 80));
  const auto value = parse_json(text, limits);
  REQUIRE_FALSE(value.has_value());
  CHECK(value.error().code == code);
  INFO(value.error().message);
  CHECK(value.error().message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a JSON text is parsed to its value") {
  CHECK(parse_json(R"( {"a": [1, -2, 3.5, true, null, "x"]} )") == Json({{"a", {1, -2, 3.5, true, nullptr, "x"}}}));
  CHECK(parse_json("null") == Json(nullptr));
  CHECK(parse_json("18446744073709551615") == Json(18446744073709551615u));
  CHECK(parse_json("-9223372036854775808") == Json(std::numeric_limits<std::int64_t>::min()));
  CHECK(parse_json(R"("\ud83d\ude00")") == Json("\xf0\x9f\x98\x80"));
  CHECK(parse_json("{}") == Json::object());
  CHECK(parse_json("[[], {}]") == Json({Json::array(), Json::object()}));
}

TEST_CASE("a text that is too large or too deep is refused with the limit") {
  check_refused("[1, 2, 3]", Code::too_large, "JSON of 9 bytes: at most 8 are taken", {8, 64});
  CHECK(parse_json("[1, 2, 3]", {9, 64}).has_value());
  check_refused("[[[]]]", Code::too_large, "deeper than 2 levels", {100, 2});
  CHECK(parse_json("[[]]", {100, 2}).has_value());
  check_refused(R"({"a": {"b": {}}})", Code::too_large, "deeper than 2 levels", {100, 2});
  check_refused(repeated("[", 1'000'000), Code::too_large, "deeper than 64 levels");
}

TEST_CASE("what is not JSON is refused with its line and column") {
  check_refused("{\n  \"a\": 1,\n  oops\n}", Code::invalid_argument, "line 3, column 3");
  check_refused("", Code::invalid_argument, "line 1, column 1");
  check_refused("[1,]", Code::invalid_argument, "line 1, column 4");
  check_refused("[1] 2", Code::invalid_argument, "line 1, column 5");
  for (const char* wrong : {"[", "{\"a\"}", "{a: 1}", "'x'", "01", "1.", ".5", "+1", "NaN", "Infinity", "tru", "\"\n\"", "\"\\x\"", "// x\n1", "[1 2]"})
    check_refused(wrong, Code::invalid_argument, "line ");
}

TEST_CASE("a member that occurs twice is refused, also when it is written in two ways") {
  check_refused(R"({"a": 1, "b": 2, "a": 3})", Code::invalid_argument, "the member 'a' occurs twice in one object");
  check_refused(R"({"x": {"a": 1, "\u0061": 3}})", Code::invalid_argument, "the member 'a' occurs twice");
  CHECK(parse_json(R"({"a": {"a": 1}, "b": {"a": 2}})").has_value());
}

TEST_CASE("NUL is refused, escaped or not") {
  check_refused(R"({"a": "x\u0000y"})", Code::invalid_argument, "escaped NUL");
  check_refused(R"({"x\u0000y": 1})", Code::invalid_argument, "escaped NUL");
  check_refused(std::string("\"a\0b\"", 5), Code::invalid_argument, "line 1");
  check_refused(std::string("1\0", 2), Code::invalid_argument, "line 1");
}

TEST_CASE("text that is not UTF-8, and half a surrogate pair, are refused") {
  for (const char* wrong : {"\"\xff\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\u0041\""})
    check_refused(wrong, Code::invalid_argument, "line 1");
}

TEST_CASE("a number that cannot be held is refused, never rounded silently") {
  check_refused("18446744073709551616", Code::invalid_argument, "the number 18446744073709551616 does not fit 64 bits");
  check_refused("[-9223372036854775809]", Code::invalid_argument, "does not fit 64 bits");
  check_refused("1e400", Code::invalid_argument, "1e400");
  CHECK(parse_json("1e300") == Json(1e300));
}

TEST_CASE("an error message is valid UTF-8, whatever the text was") {
  for (const char* wrong : {"\"\xff\xfe", "[\xc3\x28]", "{\"\xff\": 1}"}) {
    const auto value = parse_json(wrong);
    REQUIRE_FALSE(value.has_value());
    CHECK_NOTHROW(Json(value.error().message).dump());
  }
}

TEST_CASE("text is written as JSON even when it is not UTF-8") {
  CHECK(quote_json("a\"b\n") == R"("a\"b\n")");
  CHECK(quote_json("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(to_text(Json({{"a", "\xff"}})) == "{\"a\":\"\xef\xbf\xbd\"}");
}

TEST_CASE("changes are told by pointer, with old and new") {
  const Json before = Json::parse(R"({"same": 1, "changed": 1, "gone": true, "deep": {"list": [1, 2, 3]}, "a/b~c": 1})");
  const Json after = Json::parse(R"({"same": 1, "changed": "1", "new": null, "deep": {"list": [1, 5]}, "a/b~c": 2})");
  CHECK(changes_between(before, after) == Json::parse(R"({
    "/changed": {"old": 1, "new": "1"}, "/gone": {"old": true}, "/new": {"new": null},
    "/deep/list/1": {"old": 2, "new": 5}, "/deep/list/2": {"old": 3}, "/a~1b~0c": {"old": 1, "new": 2}})"));
  CHECK(changes_between(before, before) == Json::object());
  CHECK(changes_between(Json(1), Json::array()) == Json::parse(R"({"": {"old": 1, "new": []}})"));
}

TEST_CASE("beyond a number of changes it is said that there are more") {
  Json before = Json::array();
  for (int i = 0; i < 10; ++i) before.push_back(i);
  const Json changes = changes_between(before, Json::array(), 3);
  CHECK(changes.size() == 4);
  CHECK(changes.at("") == Json({{"truncated", true}}));
}

TEST_CASE("a JSON Patch is applied whole or refused") {
  const Json document = Json::parse(R"({"a": 1, "list": [1, 2]})");
  CHECK(apply_json_patch(document, Json::parse(R"([{"op": "replace", "path": "/a", "value": 2},
    {"op": "add", "path": "/list/-", "value": 3}, {"op": "remove", "path": "/list/0"}, {"op": "copy", "from": "/a", "path": "/b"}])")) ==
        Json::parse(R"({"a": 2, "b": 2, "list": [2, 3]})"));
  const auto code_of = [&](const char* patch) {
    const auto patched = apply_json_patch(document, Json::parse(patch));
    return patched ? Code::internal : patched.error().code;
  };
  CHECK(code_of(R"([{"op": "replace", "path": "/none", "value": 2}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "test", "path": "/a", "value": 2}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "remove", "path": "/list/7"}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "remove", "path": "/none/x"}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "explode", "path": "/a"}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"path": "/a"}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": "/a"}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": 1, "value": 1}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": "a", "value": 1}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": "/a~2", "value": 1}])") == Code::invalid_argument);
  CHECK(code_of(R"({"op": "add"})") == Code::invalid_argument);
  CHECK(code_of(R"([1])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": "/a/x", "value": 1}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "add", "path": "/list/9", "value": 1}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "add", "path": "/list/x", "value": 1}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "add", "path": "/list/01", "value": 1}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "copy", "from": "/list", "path": "/a/x"}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "move", "from": "/none", "path": "/x"}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "move", "path": "/x"}])") == Code::invalid_argument);
  CHECK(code_of(R"([{"op": "add", "path": "/new", "value": [5, {}]}, {"op": "move", "from": "/new/1", "path": "/new/0/x"}])") == Code::conflict);
  CHECK(code_of(R"([{"op": "add", "path": "/new", "value": [1, {}, 5]}, {"op": "move", "from": "/new/0", "path": "/new/1/x"}])") == Code::conflict);
}

TEST_CASE("a JSON Patch moves a value to where its path points once it was taken out") {
  CHECK(apply_json_patch(Json::parse("[1, 2, 3]"), Json::parse(R"([{"op": "move", "from": "/0", "path": "/2"}])")) == Json({2, 3, 1}));
  CHECK(apply_json_patch(Json::parse(R"({"a": 1})"), Json::parse(R"([{"op": "move", "from": "/a", "path": "/b"}])")) == Json({{"b", 1}}));
  CHECK(apply_json_patch(Json::parse(R"({"a": 1})"), Json::parse(R"([{"op": "move", "from": "/a", "path": "/a"}])")) == Json({{"a", 1}}));
  CHECK(apply_json_patch(Json::parse(R"({"a": [1]})"), Json::parse(R"([{"op": "move", "from": "/a", "path": ""}])")) == Json({1}));
  CHECK(apply_json_patch(Json(5), Json::parse(R"([{"op": "add", "path": "", "value": {"a": 1}}])")) == Json({{"a", 1}}));
}

TEST_CASE("the whole document can be replaced or removed by a JSON Patch without harm") {
  CHECK(apply_json_patch(Json({{"a", 1}}), Json::parse(R"([{"op": "replace", "path": "", "value": [1]}])")) == Json({1}));
  const auto removed = apply_json_patch(Json({{"a", 1}}), Json::parse(R"([{"op": "remove", "path": ""}])"));
  CHECK((!removed.has_value() || removed->is_null()));
  const auto moved = apply_json_patch(Json({{"a", {{"b", 1}}}}), Json::parse(R"([{"op": "move", "from": "/a", "path": "/a/b"}])"));
  CHECK_FALSE(moved.has_value());
}

TEST_CASE("a merge patch replaces members, and null removes them") {
  CHECK(apply_merge_patch(Json::parse(R"({"a": 1, "b": {"c": 2, "d": 3}})"), Json::parse(R"({"a": null, "b": {"c": 4}, "e": [null]})")) ==
        Json::parse(R"({"b": {"c": 4, "d": 3}, "e": [null]})"));
  CHECK(apply_merge_patch(Json(1), Json::parse(R"({"a": {"b": null}})")) == Json::parse(R"({"a": {}})"));
}
