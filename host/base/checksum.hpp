// The checksum of what is written down and read again: CRC-32C (Castagnoli). Finds damage, not forgery. Any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace backplane::base {

// Of the pieces one after another, as if they were one text.
std::uint32_t crc32c(std::initializer_list<std::string_view> pieces);

}  // namespace backplane::base
