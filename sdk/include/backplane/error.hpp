// How things fail: the status of a call, Error for a call to the host that did not succeed, Rejection for
// an operation that a handler refuses. Part of backplane.hpp.
//
// Inside a handler:
//   throw Rejection(...)      the operation is refused (phase before); the caller gets code, message and details
//   an Error that escapes     a fault of the plugin, with the Error's text
//   any other exception       a fault of the plugin, with its what()
// Nothing thrown ever crosses the border: the header turns it into a code on the way out.
#pragma once

#include <backplane/backplane.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace backplane::sdk {

// The outcome of a call: bp_status by other names. An unknown number is to be taken as `internal`.
enum class Status : std::int32_t {
  ok = BP_OK,
  rejected = BP_REJECTED,
  invalid_argument = BP_E_INVALID_ARGUMENT,
  invalid_document = BP_E_INVALID_DOCUMENT,
  unauthenticated = BP_E_UNAUTHENTICATED,
  denied = BP_E_DENIED,
  not_found = BP_E_NOT_FOUND,
  already_exists = BP_E_ALREADY_EXISTS,
  conflict = BP_E_CONFLICT,
  precondition_failed = BP_E_PRECONDITION_FAILED,
  too_large = BP_E_TOO_LARGE,
  timeout = BP_E_TIMEOUT,
  depth_exceeded = BP_E_DEPTH_EXCEEDED,
  unavailable = BP_E_UNAVAILABLE,
  cancelled = BP_E_CANCELLED,
  plugin_fault = BP_E_PLUGIN_FAULT,
  storage = BP_E_STORAGE,
  unsupported = BP_E_UNSUPPORTED,
  internal = BP_E_INTERNAL,
};

// "not_found" ...; "internal" for a number that this header does not know.
constexpr std::string_view name_of(Status status) {
  switch (status) {
    case Status::ok: return "ok";
    case Status::rejected: return "rejected";
    case Status::invalid_argument: return "invalid_argument";
    case Status::invalid_document: return "invalid_document";
    case Status::unauthenticated: return "unauthenticated";
    case Status::denied: return "denied";
    case Status::not_found: return "not_found";
    case Status::already_exists: return "already_exists";
    case Status::conflict: return "conflict";
    case Status::precondition_failed: return "precondition_failed";
    case Status::too_large: return "too_large";
    case Status::timeout: return "timeout";
    case Status::depth_exceeded: return "depth_exceeded";
    case Status::unavailable: return "unavailable";
    case Status::cancelled: return "cancelled";
    case Status::plugin_fault: return "plugin_fault";
    case Status::storage: return "storage";
    case Status::unsupported: return "unsupported";
    case Status::internal: return "internal";
  }
  return "internal";
}

// A call that did not succeed. Owns its texts: keep it as long as you like.
class Error : public std::exception {
 public:
  Error(Status status, std::string message, std::string reason = {}, std::string details = {}, std::string plugin = {})
      : status_(status),
        message_(std::move(message)),
        reason_(std::move(reason)),
        details_(std::move(details)),
        plugin_(std::move(plugin)) {}

  Status status() const noexcept { return status_; }
  const char* what() const noexcept override { return message_.c_str(); }
  // For people: the thing, what was wanted, what was found.
  const std::string& message() const noexcept { return message_; }
  // The code given by the plugin that rejected, or empty.
  const std::string& reason() const noexcept { return reason_; }
  // A JSON object as text, or empty.
  const std::string& details() const noexcept { return details_; }
  // The id of the plugin that caused it, or empty.
  const std::string& plugin() const noexcept { return plugin_; }

 private:
  Status status_;
  std::string message_, reason_, details_, plugin_;
};

// Refuses the operation when thrown from a handler of phase before. `reason` is a stable code of the plugin's
// own, [a-z0-9._-]{1,64}; `message` is for the caller; `details` is a JSON object (json_object makes one) or empty.
// What is malformed of the two is left out; the rejection stands. In any other phase there is nothing left to refuse:
// thrown there, it is a fault. Thrown from a handler of events it is a fault as well, but makes the event of a durable
// subscription a dead letter: see Event::reject.
class Rejection : public std::exception {
 public:
  Rejection(std::string_view reason, std::string_view message, std::string_view details = {})
      : reason_(reason),
        message_(message),
        details_(details) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& reason() const noexcept { return reason_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& details() const noexcept { return details_; }

 private:
  std::string reason_, message_, details_;
};

}  // namespace backplane::sdk
