#include "base/checksum.hpp"

#include <boost/crc.hpp>

namespace backplane::base {

std::uint32_t crc32c(std::initializer_list<std::string_view> pieces) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  for (const std::string_view piece : pieces) crc.process_bytes(piece.data(), piece.size());
  return crc.checksum();
}

}  // namespace backplane::base
