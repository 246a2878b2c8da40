#include "plugin/semantic_version.hpp"

#include "support/catch.hpp"

using backplane::plugin::is_semantic_version;

TEST_CASE("semantic versions are told from what merely looks like one") {
  for (const char* const good : {"0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x-y.z",
                                 "1.0.0+20130313", "1.0.0-beta+exp.sha.5114f85", "1.0.0+001"})
    CHECK(is_semantic_version(good));
  for (const char* const bad : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "v1.2.3",
                                "1.2.x", " 1.2.3", "1.2.3 ", "-1.2.3", "1.2.3-a+b+c"})
    CHECK_FALSE(is_semantic_version(bad));
}
