#include <backplane/timestamp.hpp>

#include <limits>

#include "support/catch.hpp"

using backplane::sdk::timestamp;

TEST_CASE("a timestamp is RFC 3339 in UTC, to the microsecond") {
  CHECK(timestamp(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(timestamp(1714564800000000) == "2024-05-01T12:00:00.000000Z");
  CHECK(timestamp(1714564800000001) == "2024-05-01T12:00:00.000001Z");
  CHECK(timestamp(4102444799999999) == "2099-12-31T23:59:59.999999Z");
}

TEST_CASE("a timestamp knows leap days, and times before 1970") {
  CHECK(timestamp(951782400000000) == "2000-02-29T00:00:00.000000Z");
  CHECK(timestamp(951868800000000) == "2000-03-01T00:00:00.000000Z");
  CHECK(timestamp(4107542400000000) == "2100-03-01T00:00:00.000000Z");
  CHECK(timestamp(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(timestamp(-86400000000) == "1969-12-31T00:00:00.000000Z");
  CHECK(timestamp(-62167219200000000) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("a timestamp of any number ends") {
  CHECK(timestamp(std::numeric_limits<std::int64_t>::max()) == "294247-01-10T04:00:54.775807Z");
  CHECK(timestamp(std::numeric_limits<std::int64_t>::min()).back() == 'Z');
}
