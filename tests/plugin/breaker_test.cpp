#include "plugin/breaker.hpp"

#include "support/catch.hpp"

using namespace std::chrono_literals;
using backplane::plugin::Breaker;

TEST_CASE("a breaker that was shut lets nothing through any more, whatever succeeds late") {
  Breaker breaker;
  breaker.shut();
  CHECK(breaker.is_shut());
  breaker.succeeded();
  breaker.close();
  CHECK(breaker.is_open());
  CHECK_FALSE(breaker.is_clean());
  CHECK_FALSE(breaker.allows_probe(Breaker::Clock::now() + 1h));
}
