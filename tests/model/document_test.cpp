#include "model/document.hpp"

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::model;

TEST_CASE("a document keeps its text as it was written, without white space between tokens") {
  const auto document = Document::parse(R"( { "b" : 1.50, "a" : "x y" } )");
  REQUIRE(document.has_value());
  CHECK(document->text() == R"({"b":1.50,"a":"x y"})");
  CHECK(document->json() == base::Json({{"a", "x y"}, {"b", 1.5}}));
}

TEST_CASE("a document that is not JSON or beyond a limit is refused") {
  CHECK(Document::parse("{").error().code == base::Code::invalid_argument);
  CHECK(Document::parse("[[1]]", {100, 1}).error().code == base::Code::too_large);
  CHECK(Document::parse("[1, 2]", {3, 10}).error().code == base::Code::too_large);
}

TEST_CASE("documents are equal when their values are") {
  const auto one = Document::parse(R"({"a":1,"b":2})");
  const auto other = Document::parse(R"({"b":2,"a":1})");
  CHECK(*one == *other);
  CHECK(*one == Document::from({{"a", 1}, {"b", 2}}));
  CHECK_FALSE(*one == Document::from({{"a", 1}}));
  CHECK(Document() == Document::from(base::Json::object()));
  CHECK(Document().text() == "{}");
}

TEST_CASE("a trusted text is parsed when it is first asked for, by several threads at once too") {
  const Document document = Document::trusted(R"({"a":[1,2,3]})");
  std::vector<std::thread> threads;
  std::vector<const base::Json*> seen(4);
  for (auto& mine : seen) threads.emplace_back([&mine, document] { mine = &document.json(); });
  for (std::thread& thread : threads) thread.join();
  for (const base::Json* json : seen) CHECK(json == seen.front());
  CHECK(document.json().at("a").size() == 3);
}

TEST_CASE("a document made of a value has its text") {
  CHECK(Document::from(base::Json::parse(R"({"b": 1, "a": [true, null]})")).text() == R"({"a":[true,null],"b":1})");
}
