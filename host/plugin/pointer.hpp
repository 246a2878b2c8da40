// JSON Pointers (RFC 6901), compiled once and followed without allocation or exceptions: what stands behind
// bp_pointer. Immutable after parse; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace backplane::plugin {

class Pointer {
 public:
  // invalid_argument: not a JSON Pointer.
  static base::Result<Pointer> parse(std::string_view text);

  // The value there, or null when nothing is.
  const base::Json* find(const base::Json& document) const;

 private:
  struct Token {
    std::string name;
    std::optional<std::size_t> index;  // the token as a position in an array, where it is one
  };
  std::vector<Token> tokens_;
};

}  // namespace backplane::plugin
