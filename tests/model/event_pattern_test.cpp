#include "model/event_pattern.hpp"

#include <regex>
#include <string>

#include "support/catch.hpp"

using backplane::model::check_event_pattern;
using backplane::model::covers;
using backplane::model::matches;

TEST_CASE("an event pattern is made of segments, a star for one and a greater-than for the rest") {
  const std::regex schema{std::string(backplane::model::event_pattern_regex)};
  for (const char* const good : {"order", "order.paid", "order.*", "order.>", "*", "*.paid", "a.*.c", "order-1.paid_late", "a-b.c_d.e1", "*.>"}) {
    INFO(good);
    CHECK(check_event_pattern(good).has_value());
    CHECK(std::regex_match(good, schema));
  }
  for (const char* const bad : {"", ".", "order.", ".paid", "a..b", ">", "order.>.paid", "order.pa*", "order.**", "order paid", "Order.paid", "\xff"}) {
    INFO(bad);
    CHECK_FALSE(check_event_pattern(bad).has_value());
    CHECK_FALSE(std::regex_match(bad, schema));
  }
}

TEST_CASE("an event pattern has at most 255 characters") {
  CHECK(check_event_pattern(std::string(255, 'a')).has_value());
  CHECK_FALSE(check_event_pattern(std::string(256, 'a')).has_value());
}

TEST_CASE("what is no event pattern is told with what was wanted and what was found") {
  CHECK(check_event_pattern("a..b").error().message ==
        "wanted an event type or a pattern such as order.paid, order.*, order.> or *, found \"a..b\"");
}

TEST_CASE("a pattern without wildcards matches exactly its own type") {
  CHECK(matches("order.paid", "order.paid"));
  CHECK_FALSE(matches("order.paid", "order"));
  CHECK_FALSE(matches("order.paid", "order.paid.late"));
  CHECK_FALSE(matches("order.paid", "order.paid_late"));
}

TEST_CASE("a star in a pattern matches one segment") {
  CHECK(matches("order.*", "order.paid"));
  CHECK(matches("*.paid", "order.paid"));
  CHECK_FALSE(matches("order.*", "order"));
  CHECK_FALSE(matches("order.*", "order.paid.late"));
  CHECK_FALSE(matches("order.*", "orders.paid"));
}

TEST_CASE("a greater-than in a pattern matches the rest, of one segment or more") {
  CHECK(matches("order.>", "order.paid"));
  CHECK(matches("order.>", "order.paid.late"));
  CHECK_FALSE(matches("order.>", "order"));
  CHECK_FALSE(matches("order.>", "orders.paid"));
}

TEST_CASE("a star alone matches every event") {
  for (const char* const type : {"order", "order.paid", "order.paid.late"}) CHECK(matches("*", type));
}

TEST_CASE("a pattern is matched by none, since it is no event") {
  for (const char* const pattern : {"*", "order.*", "order.>"}) CHECK_FALSE(matches("*", pattern));
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
