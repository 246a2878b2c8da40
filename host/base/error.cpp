#include "base/error.hpp"

namespace backplane::base {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::rejected: return "rejected";
    case Code::invalid_argument: return "invalid_argument";
    case Code::invalid_document: return "invalid_document";
    case Code::unauthenticated: return "unauthenticated";
    case Code::denied: return "denied";
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::conflict: return "conflict";
    case Code::precondition_failed: return "precondition_failed";
    case Code::too_large: return "too_large";
    case Code::timeout: return "timeout";
    case Code::depth_exceeded: return "depth_exceeded";
    case Code::unavailable: return "unavailable";
    case Code::cancelled: return "cancelled";
    case Code::plugin_fault: return "plugin_fault";
    case Code::storage: return "storage";
    case Code::unsupported: return "unsupported";
    case Code::internal: return "internal";
  }
  return "internal";
}

Error within(std::string_view context, Error error) {
  error.message.insert(0, ": ").insert(0, context);
  return error;
}

}  // namespace backplane::base
