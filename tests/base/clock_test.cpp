#include "base/clock.hpp"

#include "support/catch.hpp"

using namespace backplane::base;
using namespace std::chrono_literals;

TEST_CASE("a time as RFC 3339 reads back as the same, to the microsecond") {
  for (const std::int64_t micros : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1'769'860'800'000'001},
                                    std::int64_t{951'782'400'000'000}, std::int64_t{-62'135'596'800'000'000},
                                    std::int64_t{253'402'300'799'999'999}}) {
    const UtcTime time{std::chrono::microseconds(micros)};
    INFO(to_rfc3339(time));
    CHECK(from_rfc3339(to_rfc3339(time)) == time);
  }
}

TEST_CASE("a time is written with six digits, in UTC") {
  CHECK(to_rfc3339(UtcTime(0us)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(UtcTime(-1us)) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_rfc3339(UtcTime(951'782'400s)) == "2000-02-29T00:00:00.000000Z");
  CHECK(to_rfc3339(UtcTime(253'402'300'799s + 120'304us)) == "9999-12-31T23:59:59.120304Z");
}

TEST_CASE("fractions and offsets of any length are read") {
  CHECK(from_rfc3339("1970-01-01T00:00:01Z") == UtcTime(1s));
  CHECK(from_rfc3339("1970-01-01t00:00:01z") == UtcTime(1s));
  CHECK(from_rfc3339("1970-01-01 00:00:00.5Z") == UtcTime(500ms));
  CHECK(from_rfc3339("1970-01-01T00:00:00.1234567899999Z") == UtcTime(123'456us));
  CHECK(from_rfc3339("1970-01-01T02:00:00+02:00") == UtcTime(0s));
  CHECK(from_rfc3339("1969-12-31T18:30:00-05:30") == UtcTime(0s));
}

TEST_CASE("what is not an RFC 3339 time is refused") {
  for (const char* wrong : {"", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
                            "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+24:00",
                            "2026-01-01T00:00:00+00:60", "2026-01-01T00:00:00+0000", "2026-01-01T00:00:00Zx", "26-01-01T00:00:00Z",
                            "2026-1-1T00:00:00Z", "2026-01-01T0:00:00Z", "-026-01-01T00:00:00Z", " 2026-01-01T00:00:00Z"}) {
    INFO(wrong);
    const auto time = from_rfc3339(wrong);
    REQUIRE_FALSE(time.has_value());
    CHECK(time.error().code == Code::invalid_argument);
    CHECK(time.error().message.find("found '" + std::string(wrong) + "'") != std::string::npos);
  }
}

TEST_CASE("a manual clock stands still until it is told") {
  ManualClock clock(UtcTime(5s));
  CHECK(clock.now() == UtcTime(5s));
  clock.advance(1s);
  CHECK(clock.now() == UtcTime(6s));
  clock.set(UtcTime(1s));
  CHECK(clock.now() == UtcTime(1s));
}

TEST_CASE("the machine's clock goes on") {
  const SystemClock clock;
  const UtcTime first = clock.now();
  CHECK(clock.now() >= first);
  CHECK(first > *from_rfc3339("2020-01-01T00:00:00Z"));
}
