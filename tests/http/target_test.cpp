#include "http/target.hpp"

#include "http/origin.hpp"
#include "http/precondition.hpp"
#include "support/catch.hpp"

using namespace backplane;

TEST_CASE("a target is read into decoded segments and parameters") {
  http::Target target;
  REQUIRE(http::read_target("/v1/r%65sources/n%C3%A4?a=1&b=%26x&a=2&flag&", target));
  CHECK(target.depth == 3);
  CHECK(target.segments[1] == "resources");
  CHECK(target.segments[2] == "n\xc3\xa4");
  REQUIRE(target.parameters.size() == 4);
  CHECK(target.parameter("a") == "1");
  CHECK(target.parameter("b") == "&x");
  CHECK(target.parameter("flag") == "");
  CHECK_FALSE(target.parameter("c"));
}

TEST_CASE("one parameter is taken out of a query, the others stay as they were") {
  CHECK(http::query_without("a=%20&timing=true&b=2", "timing") == "a=%20&b=2");
  CHECK(http::query_without("timing=true", "timing").empty());
  CHECK(http::query_without("timings=true", "timing") == "timings=true");
}

TEST_CASE("only this machine's names are loopback") {
  for (const char* host : {"localhost", "127.0.0.1:80", "[::1]:8080"}) CHECK(http::is_loopback_authority(host));
  for (const char* host : {"", "localhost.evil", "127.0.0.256", "127.0.0", "127.1", "0.0.0.0", "128.0.0.1", "[::2]", "::1", "localhost@evil"}) {
    CAPTURE(host);
    CHECK_FALSE(http::is_loopback_authority(host));
  }
}

TEST_CASE("tags with commas in them do not confuse If-None-Match") {
  CHECK(http::names_version(R"("a, b", "3")", {3, 0}));
  CHECK_FALSE(http::names_version(R"("a, 3")", {3, 0}));
  CHECK_FALSE(http::names_version(R"("3)", {3, 0}));
  CHECK(http::names_version(R"(W/"3.2")", {3, 2}));
}
