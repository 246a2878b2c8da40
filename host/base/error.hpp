// What went wrong, as every layer reports it. An Error is mapped once: to an ABI status, an HTTP problem
// or an exit code, each in one table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace backplane::base {

// The numbers are those of the ABI's bp_status (checked where the border is crossed); the names in
// name_of() are the stable `code` of HTTP problems and of `--json` output.
enum class Code : std::int32_t {
  rejected = 1,
  invalid_argument = 2,
  invalid_document = 3,
  unauthenticated = 4,
  denied = 5,
  not_found = 6,
  already_exists = 7,
  conflict = 8,
  precondition_failed = 9,
  too_large = 10,
  timeout = 11,
  depth_exceeded = 12,
  unavailable = 13,
  cancelled = 14,
  plugin_fault = 15,
  storage = 16,
  unsupported = 17,
  internal = 18,
};

// "not_found" for Code::not_found.
std::string_view name_of(Code code);

struct Error {
  Code code = Code::internal;
  std::string message;      // for people: the thing, what was wanted, what was found
  std::string reason{};     // a rejecting plugin's own code, or empty
  std::string details{};    // a JSON object as text, or empty
  std::string plugin{};     // the id of the plugin that caused it, or empty

  bool operator==(const Error&) const = default;
};

// The same error with "context: " before its message.
Error within(std::string_view context, Error error);

}  // namespace backplane::base
