#include "base/lately.hpp"

#include "support/catch.hpp"

using backplane::base::Lately;

TEST_CASE("what was remembered is found under its owner and text alone") {
  Lately<int> lately;
  CHECK(lately.find(1, "order.paid") == nullptr);
  CHECK(lately.remember(1, "order.paid", 7) == 7);
  REQUIRE(lately.find(1, "order.paid") != nullptr);
  CHECK(*lately.find(1, "order.paid") == 7);
  CHECK(lately.find(2, "order.paid") == nullptr);
  CHECK(lately.find(1, "order.said") == nullptr);
  CHECK(lately.find(1, "") == nullptr);
}

TEST_CASE("however much is remembered, what is found is right") {
  Lately<int> lately;
  for (int i = 0; i < 1000; ++i) lately.remember(1, "type." + std::to_string(i), i);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    const int* const value = lately.find(1, "type." + std::to_string(i));
    if (value == nullptr) continue;
    ++found;
    CHECK(*value == i);
  }
  CHECK(found > 0);
}
