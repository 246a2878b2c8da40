#include "base/json_schema.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "support/catch.hpp"

using namespace backplane::base;

namespace {

JsonSchema compiled(const char* schema) {
  auto result = JsonSchema::compile(Json::parse(schema));
  REQUIRE(result.has_value());
  return std::move(*result);
}

constexpr const char* note = R"({
  "type": "object",
  "properties": {
    "title": {"type": "string", "maxLength": 5},
    "tags": {"type": "array", "items": {"type": "string"}},
    "a/b~c": {"type": "integer"}
  },
  "required": ["title"],
  "additionalProperties": false
})";

}  // namespace

TEST_CASE("a document that satisfies the schema passes") {
  CHECK(compiled(note).validate(Json::parse(R"({"title": "x", "tags": ["a"], "a/b~c": 1})")).has_value());
}

TEST_CASE("a violation is named by the pointer of its place") {
  const JsonSchema schema = compiled(note);
  const auto refused = [&](const char* document) {
    const auto result = schema.validate(Json::parse(document));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Code::invalid_document);
    return result.error();
  };
  CHECK(refused(R"({"title": 1})").message.starts_with("/title: "));
  CHECK(refused(R"({"title": "x", "tags": ["a", 2]})").message.starts_with("/tags/1: "));
  CHECK(refused(R"({"title": "x", "a/b~c": "1"})").message.starts_with("/a~1b~0c: "));
  CHECK(refused(R"({})").message.starts_with("the document: "));
  CHECK(refused(R"({"title": "x", "other": 1})").message.find("other") != std::string::npos);
  CHECK(refused("[]").message.starts_with("the document: "));

  const Json details = Json::parse(refused(R"({"title": "too long", "tags": 1})").details);
  REQUIRE(details.at("violations").size() >= 2);
  for (const Json& violation : details.at("violations")) {
    CHECK(violation.at("pointer").is_string());
    CHECK_FALSE(violation.at("message").get<std::string>().empty());
  }
}

TEST_CASE("at most twenty violations are listed") {
  const JsonSchema schema = compiled(R"({"type": "array", "items": {"type": "string"}})");
  const auto result = schema.validate(Json(std::vector<int>(100, 1)));
  REQUIRE_FALSE(result.has_value());
  CHECK(Json::parse(result.error().details).at("violations").size() <= 20);
}

TEST_CASE("a string that is too long to be matched is refused instead of taking down the host") {
  const JsonSchema schema = compiled(R"({"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a|b)*$"}}})");
  CHECK(schema.validate({{"a", "abba"}}).has_value());
  CHECK_FALSE(schema.validate({{"a", "abc"}}).has_value());
  for (const Json& document : {Json({{"a", std::string(1'000'000, 'a')}}), Json({{"other", {std::string(1'000'000, 'a')}}}),
                               Json({{std::string(1'000'000, 'a'), 1}})}) {
    const auto result = schema.validate(document);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().message.find("8192 bytes") != std::string::npos);
  }
  const JsonSchema plain = compiled(R"({"type": "object"})");
  CHECK(plain.validate({{"a", std::string(1'000'000, 'a')}}).has_value());
}

TEST_CASE("what is not a schema is refused when it is compiled") {
  for (const char* wrong : {"[]", "1", "\"x\"", R"({"type": 1})", R"({"minLength": "x"})", R"({"properties": []})", R"({"required": "title"})",
                            R"({"$ref": "http://example.com/other.json"})", R"({"$ref": "#/definitions/none"})", R"({"pattern": "("})", R"({"items": [{"patternProperties": {"[": {}}}]})", R"({"$ref": "#"})",
                            R"({"allOf": [{"$ref": "#"}]})", R"({"properties": {"x": {"not": {"$ref": "#/properties/x"}}}})",
                            R"({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}})"}) {
    INFO(wrong);
    const auto schema = JsonSchema::compile(Json::parse(wrong));
    REQUIRE_FALSE(schema.has_value());
    CHECK(schema.error().code == Code::invalid_argument);
    CHECK(schema.error().message.find("not a JSON Schema") != std::string::npos);
  }
}

TEST_CASE("a schema may refer to its own definitions, also in a circle through a member") {
  const JsonSchema tree = compiled(R"({"$ref": "#/definitions/node", "definitions": {"node": {
    "type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/definitions/node"}}}, "additionalProperties": false}}})");
  CHECK(tree.validate(Json::parse(R"({"children": [{"children": []}]})")).has_value());
  const auto result = tree.validate(Json::parse(R"({"children": [{"child": 1}]})"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.starts_with("/children/0"));
}

TEST_CASE("what only looks like an expression in a schema is left alone") {
  CHECK(compiled(R"({"properties": {"pattern": {"type": "string"}}, "enum": [{"pattern": "("}]})").validate(Json({{"pattern", "("}})).has_value());
}
