#include <backplane/fields.hpp>

#include <limits>

#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;

namespace {

struct Line {
  BACKPLANE_FIELDS(sku, pieces);
  std::string sku;
  std::int8_t pieces = 0;
};

struct Everything {
  BACKPLANE_FIELDS(text, flag, small, whole, large, number, maybe, lines, flags, gaps, line, raw);
  std::string text;
  bool flag = false;
  std::uint16_t small = 0;
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  double number = 0;
  std::optional<std::string> maybe;
  std::vector<Line> lines;
  std::vector<bool> flags;
  std::vector<std::optional<int>> gaps;
  std::optional<Line> line;
  Json raw;
};

struct Nothing {
  BACKPLANE_FIELDS();
};

template <class T>
T read(const nlohmann::json& json) {
  std::optional<T> read;
  auto host = plugin_of([&](Lambda& plugin) { read = read_fields<T>(plugin.host().config()); }, json);
  return *read;
}

template <class T>
std::string error_of(const nlohmann::json& json) {
  try {
    read<T>(json);
  } catch (const Error& error) {
    return error.message();
  }
  return "none";
}

}  // namespace

TEST_CASE("a struct of every kind of field is written as a JSON object and read back") {
  const Everything written{"tea \"hot\"", true,       65535,        -7,
                           UINT64_MAX,    0.1,        "there",      {{"a", 1}, {"b", -128}},
                           {true, false}, {1, {}, 3}, Line{"c", 2}, json_object({{"deep", 1}})};
  const Json json = json_of(written);
  CHECK(json.text() ==
        R"({"text":"tea \"hot\"","flag":true,"small":65535,"whole":-7,"large":18446744073709551615,)"
        R"("number":0.1,"maybe":"there","lines":[{"sku":"a","pieces":1},)"
        R"({"sku":"b","pieces":-128}],"flags":[true,false],"gaps":[1,null,3],"line":{"sku":"c","pieces":2},)"
        R"("raw":{"deep":1}})");
  const auto read_back = read<Everything>(nlohmann::json::parse(json.text()));
  CHECK(json_of(read_back).text() == json.text());
  CHECK(read_back.number == 0.1);
}

TEST_CASE("an empty optional is left out, and read from an absent member or null") {
  Everything empty;
  CHECK(json_of(empty).text().find("maybe") == std::string::npos);
  auto json = nlohmann::json::parse(json_of(empty).text());
  CHECK_FALSE(read<Everything>(json).maybe);
  CHECK_FALSE(read<Everything>(json).line);
  json["maybe"] = nullptr;
  CHECK_FALSE(read<Everything>(json).maybe);
}

TEST_CASE("members that are no field are ignored") {
  CHECK(read<Line>({{"sku", "a"}, {"pieces", 2}, {"colour", "red"}}).sku == "a");
  CHECK(json_of(Nothing{}).text() == "{}");
  read<Nothing>({{"colour", "red"}});
}

TEST_CASE("a field that is not as it should be is named, with what was wanted and what was found") {
  const auto line = [](nlohmann::json pieces) { return nlohmann::json{{"sku", "a"}, {"pieces", pieces}}; };
  CHECK(error_of<Line>({{"pieces", 1}}) == "/sku: wanted a string, found nothing");
  CHECK(error_of<Line>({{"sku", nullptr}}) == "/sku: wanted a string, found null");
  CHECK(error_of<Line>({{"sku", 7}}) == "/sku: wanted a string, found 7");
  CHECK(error_of<Line>({{"sku", true}}) == "/sku: wanted a string, found a boolean");
  CHECK(error_of<Line>(line("secret")) == "/pieces: wanted a whole number from -128 to 127, found a string");
  CHECK(error_of<Line>(line(128)) == "/pieces: wanted a whole number from -128 to 127, found 128");
  CHECK(error_of<Line>(line(1.5)) == "/pieces: wanted a whole number from -128 to 127, found 1.5");
  CHECK(error_of<Line>(line(nlohmann::json::array())) ==
        "/pieces: wanted a whole number from -128 to 127, found an array");

  auto json = nlohmann::json::parse(json_of(Everything{}).text());
  const auto changed = [&](const char* pointer, nlohmann::json value) {
    auto copy = json;
    copy[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return error_of<Everything>(copy);
  };
  CHECK(changed("/flag", 1) == "/flag: wanted a boolean, found 1");
  CHECK(changed("/small", -1) == "/small: wanted a whole number from 0 to 65535, found -1");
  CHECK(changed("/number", "1") == "/number: wanted a number, found a string");
  CHECK(changed("/maybe", 1) == "/maybe: wanted a string, found 1");
  CHECK(changed("/lines", "x") == "/lines: wanted an array, found a string");
  CHECK(changed("/lines", {line(1), "x"}) == "/lines/1: wanted an object, found a string");
  CHECK(changed("/lines", {line(1), line(300)}) ==
        "/lines/1/pieces: wanted a whole number from -128 to 127, found 300");
  CHECK(changed("/line", nlohmann::json::object()) == "/line/sku: wanted a string, found nothing");
  json.erase("raw");
  CHECK(error_of<Everything>(json) == "/raw: wanted a value, found nothing");
}

TEST_CASE("a document that is no object, or none, is not read as a struct") {
  CHECK(error_of<Line>(nlohmann::json::array({1})) == "the document: wanted an object, found an array");
  CHECK_THROWS_WITH(read_fields<Line>(Document()), "the document: wanted an object, found nothing");
}

TEST_CASE("numbers that JSON does not have are written as null") {
  Everything odd;
  odd.number = std::numeric_limits<double>::infinity();
  CHECK(json_of(odd).text().find(R"("number":null)") != std::string::npos);
}

TEST_CASE("text that is not UTF-8 is written as text that is") {
  CHECK(json_of(Line{"a\xff", 1}).text() == "{\"sku\":\"a\xEF\xBF\xBD\",\"pieces\":1}");
}
