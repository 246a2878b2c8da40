// The targets of requests about events, made from options.
#pragma once

#include <optional>
#include <string>

#include "app/options.hpp"
#include "base/result.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {

// Adds what of the filter is not empty.
void add_filter(http::RequestTarget& target, const EventFilter& filter);

void add_number(http::RequestTarget& target, std::string_view name, std::optional<std::uint64_t> number);

// "/v1/subscriptions/PLUGIN/NAME". invalid_argument: not plugin/name.
base::Result<http::RequestTarget> subscription_target(const std::string& subscription);

}  // namespace backplane::app
