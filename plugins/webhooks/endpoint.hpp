// A webhook endpoint: a resource of the type webhook_endpoint, read and checked. Plain functions: any thread.
//
//   { "url": "https://example.org/hook", "secret": "whsec_...", "events": ["order.>"], "enabled": true }
#pragma once

#include <backplane/operation.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace webhooks {

constexpr std::string_view endpoint_type = "webhook_endpoint";

struct Endpoint {
  std::string id, url;
  std::uint64_t revision = 0, edit = 0;
  std::vector<std::string> keys;  // to sign with: of the secret, and of the one before it
  bool enabled = true;
};

// One as the host has it, which need not have come past check(): Rejection when its url or a secret is none.
Endpoint endpoint_of(const backplane::sdk::Reply& reply);

// Whether the one whose document is the value at `at` is to be told of events of this type.
bool wants(const backplane::sdk::Document& document, const std::string& at, std::string_view event_type);

// Handles what is to be written as an endpoint: rejects a bad one, keeps the secret that a replacement leaves out,
// makes one for a new endpoint that has none. Never says what a secret is.
void check(backplane::sdk::Operation& op);

}  // namespace webhooks
