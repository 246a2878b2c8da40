#include "base/json_text.hpp"

#include "support/catch.hpp"

using namespace backplane::base;

namespace {

// "name:value|name:value|"
std::string parts_of(std::string_view text) {
  std::string all;
  JsonParts parts(text);
  while (const auto part = parts.next()) all.append(part->name).append(":").append(part->value).append("|");
  return all;
}

}  // namespace

TEST_CASE("minifying removes white space between tokens and nothing else") {
  CHECK(minify_json(" { \"a b\" : [ 1 ,\t2 ] ,\r\n\"c\\\" \" : \" x \" } ") == R"({"a b":[1,2],"c\" ":" x "})");
  CHECK(minify_json(R"("\\" )") == R"("\\")");
  CHECK(minify_json("") == "");
}

TEST_CASE("indenting changes the white space between tokens and nothing else") {
  CHECK(indent_json(R"({"z":1.0,"a":[1e2,{},[ ]],"s":"a\",{"})") == "{\n  \"z\": 1.0,\n  \"a\": [\n    1e2,\n    {},\n    []\n  ],\n  \"s\": \"a\\\",{\"\n}");
  CHECK(indent_json(" 1 ") == "1");
}

TEST_CASE("the members of an object are gone over in their order, as they are written") {
  CHECK(parts_of(R"({"b":1.0,"a":{"c":[1,"}"]},"q\"":"x,y"})") == R"(b:1.0|a:{"c":[1,"}"]}|q\":"x,y"|)");
  CHECK(parts_of("{}").empty());
}

TEST_CASE("the elements of an array are gone over in their order, as they are written") {
  CHECK(parts_of(R"([1e2,"a]",[[]],null,{"b":2}])") == R"(:1e2|:"a]"|:[[]]|:null|:{"b":2}|)");
  CHECK(parts_of("[]").empty());
}

TEST_CASE("white space between tokens is no part of the parts") {
  CHECK(parts_of(" {\n\"a\" :\t1 , \"b\" : [ 1 ] } ") == "a:1|b:[ 1 ]|");
  CHECK(parts_of("\r\n[ 1 , \"x y\" ]") == ":1|:\"x y\"|");
  CHECK(parts_of("[ ]").empty());
}

TEST_CASE("what is neither an object nor an array has no parts") {
  for (const char* text : {"", " ", "1", "\"{}\"", "null"}) CHECK(parts_of(text).empty());
}

TEST_CASE("going over a text that is cut off ends within it") {
  const std::string_view whole = R"( {"a" : "x\"y" , "b" : [ {"c":1} , 2 ] } )";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut(whole.substr(0, size));
    CHECK(parts_of(cut).size() <= 2 * cut.size());
  }
}

TEST_CASE("a member is found by its name") {
  CHECK(member_of(R"({"a":1,"b":{"a":2}})", "a") == "1");
  CHECK(member_of(member_of(R"({"a":1,"b":{"a":2}})", "b"), "a") == "2");
  CHECK(member_of(R"({"a":1})", "b").empty());
  CHECK(member_of("[1]", "a").empty());
}
