// What a single value of the manifest may look like: durations, sizes, whole numbers, addresses, and the plain scalars of
// YAML 1.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"

namespace backplane::manifest {

// Every error here is invalid_argument with the message "wanted ..., found ...".

// "200ms", "5s", "1m30s": whole numbers with the units d, h, m, s, ms, us, from the largest to the smallest, each at
// most once.
base::Result<Duration> parse_duration(std::string_view text);

// The shortest such text.
std::string to_text(Duration duration);

// "64KiB", "1MB": a whole number with one of the units B, KB, MB, GB (powers of 1000), KiB, MiB, GiB (of 1024).
base::Result<std::int64_t> parse_bytes(std::string_view text);
std::string bytes_to_text(std::int64_t bytes);

// Decimal digits with an optional minus sign.
base::Result<std::int64_t> parse_integer(std::string_view text);

struct Listen {
  std::string address;
  std::uint16_t port = 0;
  bool operator==(const Listen&) const = default;
};

// "127.0.0.1:8080" or "[::1]:8080", loopback only.
base::Result<Listen> parse_listen(std::string_view text);

// A plain scalar by the core schema of YAML 1.2: null, true and false, whole numbers (decimal, 0o, 0x), numbers; all else
// is a text. An error: a number that JSON has not (.inf, .nan) or that does not fit 64 bits.
base::Result<base::Json> parse_plain(std::string_view text);

// "/title": a JSON Pointer (RFC 6901) to a member, not to the whole document.
base::Result<void> check_index_pointer(std::string_view pointer);

}  // namespace backplane::manifest
