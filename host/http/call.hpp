// One request on its way: read, routed and checked; the same object serves all requests of a connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/precondition.hpp"
#include "http/problem.hpp"
#include "http/route.hpp"
#include "http/target.hpp"
#include "operation/request.hpp"

namespace backplane::http {

struct Call {
  const Head* head = nullptr;  // of the connection's reader
  Target target{};
  const Route* route = nullptr;    // null when it was refused before there was one
  operation::Caller caller{};
  std::string correlation_id{};
  std::string body{};

  std::string_view type() const { return target.segments[2]; }
  std::string_view id() const { return target.segments[3]; }
  std::string_view revision() const { return target.segments[5]; }
  bool wants(std::string_view parameter) const { return target.parameter(parameter) == "true"; }
  // If-None-Match: * on create.
  bool wants_new() const { return head->method == Method::post && head->has(Field::if_none_match); }
};

// Fills `call` from a head that was read: target, correlation id, route, caller, and everything of the header that can be
// wrong. `call` has its correlation id in any case.
std::optional<Refusal> prepare(Call& call, const Head& head);

// A decimal number, digits only.
std::optional<std::uint64_t> number_from(std::string_view text);

}  // namespace backplane::http
