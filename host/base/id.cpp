#include "base/id.hpp"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "base/assertion.hpp"

namespace backplane::base {
namespace {

// Random bytes in blocks from the kernel, a thread's own.
class RandomBytes {
 public:
  void fill(std::uint8_t* out, std::size_t size) {
    if (used_ + size > block_.size()) {
      BACKPLANE_ASSERT(getrandom(block_.data(), block_.size(), 0) == static_cast<ssize_t>(block_.size()));
      used_ = 0;
    }
    std::memcpy(out, block_.data() + used_, size);
    used_ += size;
  }

 private:
  std::array<std::uint8_t, 2048> block_{};
  std::size_t used_ = block_.size();
};

struct Series {
  std::uint64_t millis = 0;
  std::uint32_t counter = 0;  // 12 bits, in rand_a
  RandomBytes random;
};

}  // namespace

std::string new_uuid(UtcTime time) {
  std::string text;
  new_uuid(time, text);
  return text;
}

void new_uuid(UtcTime time, std::string& text) {
  thread_local Series series;
  const auto now =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
  if (now > series.millis) {
    std::array<std::uint8_t, 2> seed{};
    series.random.fill(seed.data(), seed.size());
    series.millis = now;
    series.counter = ((seed[0] << 8u) | seed[1]) & 0x7ffu;  // the upper half is left to count into
  } else if (++series.counter > 0xfffu) {
    series.counter = 0;
    ++series.millis;
  }

  std::array<std::uint8_t, 16> bytes{};
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(series.millis >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70u | (series.counter >> 8u));
  bytes[7] = static_cast<std::uint8_t>(series.counter);
  series.random.fill(bytes.data() + 8, 8);
  bytes[8] = static_cast<std::uint8_t>(0x80u | (bytes[8] & 0x3fu));

  static constexpr char digits[] = "0123456789abcdef";
  text.assign(36, '-');
  char* out = text.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++out;
    *out++ = digits[bytes[i] >> 4u];
    *out++ = digits[bytes[i] & 0xfu];
  }
}

}  // namespace backplane::base
