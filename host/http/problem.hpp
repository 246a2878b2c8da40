// Errors as RFC 9457 problems: the one place where a base::Code becomes an HTTP status.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/message.hpp"

namespace backplane::http {

// An error with a status of its own, for what only HTTP knows (405, 415, 431 ...).
struct Refusal {
  int status = 500;
  base::Error error;
  std::string fields{};  // further header lines, each with its CRLF
};

int status_of(const base::Error& error);
Refusal refusal_of(base::Error error);
// 400, invalid_argument: the request itself is wrong.
Refusal invalid_request(std::string message);

// A member of the problem beside those that every problem has: its value is JSON text.
struct Extra {
  std::string_view name{};
  std::string_view json{};
};

// {"type","title","status","detail","code","operation_id","plugin","reason","details"}; those that are empty are left
// out. operation_id: empty when no operation was begun.
Response problem(const Refusal& refusal, std::string_view operation_id = {}, Extra extra = {});
// The problem of an error, with the status that goes with it.
Response refused(base::Error error);

}  // namespace backplane::http
