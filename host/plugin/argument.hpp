// What a plugin hands to the host's functions, checked before it is believed: sizes, pointers, UTF-8, struct_size.
#pragma once

#include <backplane/backplane.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "plugin/operations.hpp"

namespace backplane::plugin {

// The text of a bp_string. invalid_argument: NULL with a size, not UTF-8, or a NUL in it; too_large: beyond `most` bytes.
base::Result<std::string_view> checked_text(const char* what, bp_string text, std::size_t most);

// invalid_argument: `given` is not from `least` to 4,096 bytes; unsupported: it has bytes beyond the first `known` that
// are not 0, which ask for something that this host does not know.
base::Result<void> check_size(const char* what, const void* given, std::uint32_t struct_size, std::size_t least, std::size_t known);

// A sized struct as this host knows it: members beyond the caller's struct_size are zero. invalid_argument: NULL;
// see check_size.
template <class T>
base::Result<T> checked_struct(const char* what, const T* given, std::size_t least) {
  if (given == nullptr) return base::Error{base::Code::invalid_argument, std::string(what) + ": wanted a struct, found NULL"};
  BACKPLANE_CHECK(check_size(what, given, given->struct_size, least, sizeof(T)));
  T copy{};
  std::memcpy(static_cast<void*>(&copy), given, std::min<std::size_t>(given->struct_size, sizeof(T)));
  return copy;
}

// A bp_request, checked for form: a known action, names and ids by their rules, values in range, no member that the
// action does not take. `function` begins the messages.
base::Result<PluginRequest> checked_request(const char* function, const bp_request* request);

}  // namespace backplane::plugin
