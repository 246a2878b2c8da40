#include "base/checksum.hpp"

#include "support/catch.hpp"

using backplane::base::crc32c;

TEST_CASE("the checksum is CRC-32C, whose check value is known") {
  CHECK(crc32c({"123456789"}) == 0xE3069283u);
  CHECK(crc32c({}) == 0u);
}

TEST_CASE("the checksum of pieces is that of the whole") {
  CHECK(crc32c({"1234", "", "56789"}) == crc32c({"123456789"}));
  CHECK(crc32c({"12345", "6789"}) != crc32c({"123456780"}));
}
