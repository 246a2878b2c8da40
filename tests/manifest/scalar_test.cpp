#include "manifest/scalar.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::manifest;
using namespace std::chrono_literals;

TEST_CASE("a duration is whole numbers with units, from the largest to the smallest") {
  CHECK(parse_duration("200ms") == Duration(200ms));
  CHECK(parse_duration("5s") == Duration(5s));
  CHECK(parse_duration("1m30s") == Duration(90s));
  CHECK(parse_duration("1d2h3m4s5ms6us") == Duration(24h + 2h + 3min + 4s + 5ms + 6us));
  CHECK(parse_duration("0s") == Duration(0));
  CHECK(parse_duration("36h") == Duration(36h));
  for (const char* wrong : {"", "5", "s", "5 s", "1.5s", "-5s", "5S", "30s1m", "5s5s", "1m 30s", "9999999999d", "99999999999999999999s", "5s "})
    CHECK_FALSE(parse_duration(wrong).has_value());
}

TEST_CASE("a duration as text reads back as the same") {
  for (const Duration duration : {Duration(0), Duration(1), Duration(200ms), Duration(90s), Duration(36h), Duration(24h + 1us)})
    CHECK(parse_duration(to_text(duration)) == duration);
  CHECK(to_text(Duration(90s)) == "1m30s");
}

TEST_CASE("a size is a whole number with a unit of 1000 or of 1024") {
  CHECK(parse_bytes("64KiB") == 65536);
  CHECK(parse_bytes("1MB") == 1'000'000);
  CHECK(parse_bytes("2GiB") == std::int64_t{2} << 30);
  CHECK(parse_bytes("0B") == 0);
  for (const char* wrong : {"", "64", "KiB", "64 KiB", "64kib", "1.5MB", "-1B", "1MiBx", "9999999999GiB"})
    CHECK_FALSE(parse_bytes(wrong).has_value());
  for (const std::int64_t bytes : {0, 1, 1000, 1024, 65536, 1'000'000, 1 << 30}) CHECK(parse_bytes(bytes_to_text(bytes)) == bytes);
}

TEST_CASE("an address is one of this machine's own, with a port") {
  const auto four = parse_listen("127.0.0.2:0");
  REQUIRE(four.has_value());
  CHECK(four->address == "127.0.0.2");
  CHECK(four->port == 0);
  const auto six = parse_listen("[::1]:65535");
  REQUIRE(six.has_value());
  CHECK(six->address == "::1");
  CHECK(six->port == 65535);
  for (const char* wrong : {"", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:80x", "::1:8080", "[::1]",
                            "[127.0.0.1]:80", "127.0.0:80", "[]:80", "[:80", "]:80", "10.0.0.1:80", "0.0.0.0:80", "[fe80::1]:80",
                            "[::ffff:127.0.0.1]:80"}) {
    INFO(wrong);
    CHECK_FALSE(parse_listen(wrong).has_value());
  }
}

TEST_CASE("plain scalars are typed as the core schema of YAML 1.2 says") {
  const auto json = [](std::string_view text) {
    const auto value = parse_plain(text);
    return value ? value->dump() : "error";
  };
  CHECK(json("") == "null");
  CHECK(json("Null") == "null");
  CHECK(json("TRUE") == "true");
  CHECK(json("false") == "false");
  CHECK(json("+12") == "12");
  CHECK(json("-0") == "0");
  CHECK(json("-9223372036854775808") == "-9223372036854775808");
  CHECK(json("0xff") == "255");
  CHECK(json("0o10") == "8");
  CHECK(json("010") == "10");
  CHECK(json(".5") == "0.5");
  CHECK(json("1.") == "1.0");
  CHECK(json("-1e3") == "-1000.0");
  CHECK(json("18446744073709551616") == "error");
  CHECK(json("-9223372036854775809") == "error");
  CHECK(json("1e999") == "error");
  CHECK(json("-.INF") == "error");
  CHECK(json(".nan") == "error");
  for (const char* text : {"yes", "no", "on", "off", "nUll", "1_000", "1e", "0x", "-0x1", ".", "-", "1.2.3", "12:30", "0b1", "nan", "inf"}) {
    INFO(text);
    CHECK(json(text) == '"' + std::string(text) + '"');
  }
}
