#include "plugin/event_pattern.hpp"

#include <string>

#include "support/catch.hpp"

using backplane::plugin::check_event_pattern;
using backplane::plugin::covers;

TEST_CASE("an event pattern is made of segments, a star for one and a greater-than for the rest") {
  for (const char* const good : {"order", "order.paid", "order.*", "order.>", "*", "*.paid", "a.*.c", "order-1.paid_late"})
    CHECK(check_event_pattern(good).has_value());
  for (const char* const bad : {"", ".", "order.", ".paid", "a..b", ">", "order.>.paid", "order.pa*", "order paid", "Order.paid", "\xff"})
    CHECK_FALSE(check_event_pattern(bad).has_value());
  CHECK(check_event_pattern(std::string(255, 'a')).has_value());
  CHECK_FALSE(check_event_pattern(std::string(256, 'a')).has_value());
}

TEST_CASE("a pattern covers another when it matches everything that the other matches") {
  CHECK(covers("*", "order.paid"));
  CHECK(covers("*", "*"));
  CHECK(covers("order.paid", "order.paid"));
  CHECK(covers("order.*", "order.paid"));
  CHECK(covers("order.>", "order.paid.late"));
  CHECK(covers("order.>", "order.*"));
  CHECK(covers("order.>", "order.>"));
  CHECK(covers("*.paid", "order.paid"));

  CHECK_FALSE(covers("order.paid", "order.*"));
  CHECK_FALSE(covers("order.*", "order.>"));
  CHECK_FALSE(covers("order.*", "order.paid.late"));
  CHECK_FALSE(covers("order.>", "order"));
  CHECK_FALSE(covers("order.*", "order"));
  CHECK_FALSE(covers("order.>", "*"));
  CHECK_FALSE(covers("order.>", "orders.paid"));
}
