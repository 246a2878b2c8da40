#include <backplane/json.hpp>

#include <limits>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace backplane::sdk;

TEST_CASE("an object is written in one expression, nested ones included") {
  const Json json = json_object({{"field", "title"},
                                 {"max", 80},
                                 {"ratio", 0.5},
                                 {"ok", true},
                                 {"none", nullptr},
                                 {"tags", json_array({"a", 1})},
                                 {"in", json_object({{"x", -1}})}});
  CHECK(json.text() == R"({"field":"title","max":80,"ratio":0.5,"ok":true,"none":null,"tags":["a",1],"in":{"x":-1}})");
  CHECK(json_object({}).text() == "{}");
  CHECK(json_array({}).text() == "[]");
}

TEST_CASE("an object is written member by member") {
  JsonObject line;
  CHECK(line.empty());
  line.add("a", 1).add("b", Json::raw("[2]"));
  CHECK(line.json().text() == R"({"a":1,"b":[2]})");
}

TEST_CASE("strings are escaped, and bytes that are not UTF-8 become U+FFFD") {
  const std::string nasty("\"\\\n\r\t\x01\x1f\0 \x7f \xC3\xA4 \xF0\x9F\x8D\xB5", 18);
  CHECK(nlohmann::json::parse(quote(nasty)).get<std::string>() == nasty);
  for (const char* wrong : {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    CHECK_NOTHROW(nlohmann::json::parse(quote(wrong)));
    CHECK(quote(wrong).find("\xEF\xBF\xBD") == 1);
  }
  CHECK(quote("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
}

TEST_CASE("numbers keep their value, and what JSON cannot say is null") {
  CHECK(Json(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK(Json(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
  CHECK(nlohmann::json::parse(Json(0.1).text()).get<double>() == 0.1);
  CHECK(Json(std::numeric_limits<double>::infinity()).text() == "null");
  CHECK(Json(std::numeric_limits<double>::quiet_NaN()).text() == "null");
}

TEST_CASE("a number has as few digits as read back the same") {
  CHECK(Json(0.1).text() == "0.1");
  CHECK(Json(12.0).text() == "12");
  CHECK(Json(-1e300).text() == "-1e+300");
  for (const double number : {0.1 + 0.2, 1.0 / 3, 5e-324, std::numeric_limits<double>::max()})
    CHECK(nlohmann::json::parse(Json(number).text()).get<double>() == number);
}

TEST_CASE("a JSON Pointer is built from its steps") {
  CHECK(pointer_to("tags", 0) == "/tags/0");
  CHECK(pointer_to("a/b", std::string("c~d")) == "/a~1b/c~0d");
  CHECK(pointer_to().empty());
}
