// Between HTTP and operations: a call as an operation::Request, and an operation::Outcome as the response.
#pragma once

#include <optional>
#include <string>

#include "http/call.hpp"
#include "http/message.hpp"
#include "operation/request.hpp"
#include "operation/transfer.hpp"

namespace backplane::http {

// For routes whose handler is an action. Takes the call's body.
std::optional<Refusal> make_request(Call& call, operation::Request& request);

// Refuses what can be told before the body is read: parameters and preconditions.
std::optional<Refusal> make_dump_request(const Call& call, operation::DumpRequest& request);
std::optional<Refusal> make_load_request(const Call& call, operation::LoadRequest& request);

Response respond(const Call& call, operation::Outcome outcome);

// 200 with the totals, or the problem with "totals" beside it.
Response respond(const operation::LoadOutcome& outcome, std::optional<Refusal> broken_off);

}  // namespace backplane::http
