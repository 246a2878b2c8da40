// The request target: its path in decoded segments and its query, read strictly, so that two readers of one URL
// can never disagree on what it names.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace backplane::http {

struct QueryParameter {
  std::string name;
  std::string value;
};

struct Target {
  static constexpr std::size_t most_segments = 8;

  std::string authority{};                          // of a target in absolute form, else empty
  std::array<std::string, most_segments> segments{};  // decoded
  std::size_t depth = 0;                            // how many segments the path has; those beyond most_segments are not kept
  std::string query{};                              // as received, without "?"
  std::vector<QueryParameter> parameters{};         // decoded, in their order

  // The first parameter of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Reads `text` into `target`. invalid_argument: bytes outside of printable ASCII, broken percent encoding, an encoded
// "/", "\" or NUL, UTF-8 that is not valid, a segment "." or "..", an empty segment, a fragment.
base::Result<void> read_target(std::string_view text, Target& target);

// The query as received without the parameters of that name.
std::string query_without(std::string_view query, std::string_view name);

}  // namespace backplane::http
