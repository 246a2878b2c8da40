#include "manifest/suggest.hpp"

#include "support/catch.hpp"

using namespace backplane::manifest;

TEST_CASE("the nearest known name is suggested, and none that is far") {
  const std::vector<std::string> known{"listen", "threads", "max_header", "id"};
  CHECK(nearest("lisetn", known) == "listen");
  CHECK(nearest("thread", known) == "threads");
  CHECK(nearest("max-header", known) == "max_header");
  CHECK(nearest("Listen", known) == "listen");
  CHECK(nearest("if", known) == "id");
  CHECK_FALSE(nearest("colour", known).has_value());
  CHECK_FALSE(nearest("", known).has_value());
  CHECK_FALSE(nearest(std::string(100'000, 'x'), known).has_value());
}

TEST_CASE("without a near miss the known names are listed, but not endlessly") {
  CHECK(hint("colour", {"listen", "id"}) == "; known: listen, id");
  CHECK(hint("colour", {}) == "");
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("name" + std::to_string(i));
  CHECK(hint("something-else", many).ends_with("name19, and 10 more"));
}
