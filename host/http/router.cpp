#include <string>

#include "http/route.hpp"

namespace backplane::http {
namespace {

bool serves(const Route& route, Method method) {
  return route.method == method || (route.method == Method::get && method == Method::head);
}

Refusal no_method(Method method, std::string_view path, std::string_view allow) {
  Refusal refusal{405, {.code = base::Code::unsupported, .message = {}}};
  refusal.error.message.append(path).append(": wanted ").append(allow).append(", found ").append(name_of(method));
  append_field(refusal.fields, "Allow", allow);
  return refusal;
}

}  // namespace

bool Pattern::matches(const Target& target) const {
  if (target.depth != depth) return false;
  // From the back: the first segments of most routes are alike.
  for (std::size_t i = depth; i-- > 0;) {
    if (segments[i][0] != '{' && segments[i] != target.segments[i]) return false;
  }
  return true;
}

Found find_route(Method method, const Target& target) {
  std::string allow;
  std::string_view path;
  for (const Route& route : routes()) {
    if (!route.pattern.matches(target)) continue;
    // Where a path of the table is a special case of one further down, it is the one that is meant.
    if (!path.empty() && route.path != path) continue;
    if (serves(route, method)) return {&route};
    path = route.path;
    allow.append(allow.empty() ? "" : ", ").append(name_of(route.method));
    if (route.method == Method::get) allow.append(", HEAD");
  }
  if (method == Method::other) {
    return {nullptr, Refusal{501, {.code = base::Code::unsupported, .message = "method: wanted one of RFC 9110 or PATCH, found another"}}};
  }
  if (!allow.empty()) return {nullptr, no_method(method, path, allow)};
  return {nullptr, Refusal{404, {.code = base::Code::not_found, .message = "path: wanted one of /openapi.json, found another"}}};
}

}  // namespace backplane::http
