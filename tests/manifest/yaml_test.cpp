#include "manifest/yaml.hpp"

#include "support/catch.hpp"

using namespace backplane::manifest;

namespace {

std::string problems_of(const std::string& text) {
  Problems problems;
  CHECK_FALSE(parse_yaml(text, "m.yaml", problems).has_value());
  return to_text(problems.take());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a file that is too large is refused") {
  CHECK(problems_of(std::string(most_yaml_bytes + 1, '#')) == "m.yaml:1:1: wanted at most 1048576 bytes, found 1048577\n");
}

TEST_CASE("nesting that is too deep is refused at the level where it becomes so") {
  CHECK(problems_of(repeated("[", 65) + repeated("]", 65)) == "m.yaml:1:65: wanted at most 64 levels, found one more\n");
  for (const char* start : {"[", "- ", "{a: ", "? ", "{", "- [", "&a [", "a: {"})
    CHECK(problems_of(repeated(start, 150'000)).find("wanted") != std::string::npos);
  Problems problems;
  CHECK(parse_yaml(repeated("[", 64) + repeated("]", 64), "m.yaml", problems).has_value());
}

TEST_CASE("aliases that multiply are refused before they take up memory") {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'k'; ++c) {
    const std::string alias = std::string("*") + static_cast<char>(c - 1);
    text += std::string(1, c) + ": &" + c + " [" + repeated(alias + ", ", 9) + alias + "]\n";
  }
  CHECK(problems_of(text) == "m.yaml:5:36: wanted at most 100000 values, found more (aliases filled in)\n");
}

TEST_CASE("a list on a line as long as the file takes no longer than one on many lines") {
  Problems problems;
  CHECK(parse_yaml("[" + repeated("a, ", 90'000) + "a]", "m.yaml", problems).has_value());
}

TEST_CASE("an alias stands for the whole value of its anchor") {
  Problems problems;
  const auto root = parse_yaml("a: &x { k: [1, two] }\nb: *x\n", "m.yaml", problems);
  REQUIRE(root.has_value());
  const Node* const b = root->find("b");
  REQUIRE(b != nullptr);
  CHECK(b->line == 2);
  CHECK(b->column == 4);
  REQUIRE(b->find("k") != nullptr);
  CHECK(b->find("k")->items.at(1).text == "two");
}

TEST_CASE("a scalar knows whether it was in quotes, and where it stands in characters") {
  Problems problems;
  const auto root = parse_yaml("a: 'x'\nb: x\nc: |\n  x\ncaf\u00e9: { d: \"x\" }\n", "m.yaml", problems);
  REQUIRE(root.has_value());
  CHECK(root->find("a")->quoted);
  CHECK_FALSE(root->find("b")->quoted);
  CHECK(root->find("c")->quoted);
  CHECK(root->find("caf\u00e9")->find("d")->column == 12);
}

TEST_CASE("tabs in blank lines and inside a line do no harm") {
  Problems problems;
  CHECK(parse_yaml("a: 1\t# comment\n \t\nb:\t2\n", "m.yaml", problems).has_value());
  CHECK(to_text(problems.take()) == "");
}

TEST_CASE("a byte order mark is no part of the text") {
  Problems problems;
  const auto root = parse_yaml("\xef\xbb\xbf" "a: 1\n", "m.yaml", problems);
  REQUIRE(root.has_value());
  CHECK(root->find("a")->column == 4);
}

TEST_CASE("no text makes the reader throw, hang or crash") {
  const std::string alphabet = "-:?[]{},&*!|>'\"%@`#\n\n  ab1~<=$\t\\";
  std::uint32_t state = 12345;
  const auto next = [&] { return state = state * 1664525u + 1013904223u, state >> 8u; };
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::uint32_t i = 0, size = next() % 60; i < size; ++i) text += alphabet[next() % alphabet.size()];
    Problems problems;
    const auto root = parse_yaml(text, "m.yaml", problems);
    CHECK(root.has_value() == problems.empty());
  }
}
