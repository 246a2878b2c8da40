// One operation of a caller as it was recorded: what was asked, when, and what it was answered. Written as JSON by the
// host, read back by `backplane plugin rehearse`.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "operation/request.hpp"

namespace backplane::operation {

struct Recorded {
  Request request;
  base::UtcTime time;                // when it was asked for: no revision that it made is older
  std::string id{};                  // of the resource, also of one that got its id from the host
  base::Result<std::string> answer;  // the body, see Answer::body
};

// Roughly what it takes in memory.
std::size_t bytes_of(const Recorded& recorded);

// {"time","action","actor","tenant","type","id","body","patch_format","status","expected","revision","query","deleted",
// "correlation_id","answer": the body as JSON, or "error": {"code","message","reason","plugin"}}; members that are
// empty are left out. "body" is a string: what came may be no JSON.
base::Json to_json(const Recorded& recorded);

// invalid_argument: a member is missing, or is not what to_json() writes.
base::Result<Recorded> recorded_from(const base::Json& json);

}  // namespace backplane::operation
