#include "endpoint.hpp"

#include <algorithm>
#include <optional>

#include "post.hpp"
#include "signature.hpp"

namespace webhooks {
namespace {

using namespace backplane::sdk;

constexpr const char* secrets[] = {"/secret", "/previous_secret"};
constexpr const char* secret_wanted = "wanted whsec_ and the Base64 of 24 to 64 bytes, found something else";

// The next segment, taken off.
std::string_view segment_of(std::string_view& text) {
  const std::string_view segment = text.substr(0, text.find('.'));
  text.remove_prefix(std::min(segment.size() + 1, text.size()));
  return segment;
}

// Patterns as subscriptions have them: exact, "order.*" one segment, "order.>" one or more, "*" alone everything.
bool matches(std::string_view pattern, std::string_view type) {
  if (pattern == "*") return true;
  while (!pattern.empty() && !type.empty()) {
    const std::string_view wanted = segment_of(pattern);
    if (wanted == ">") return pattern.empty();
    if (const auto found = segment_of(type); wanted != "*" && wanted != found) return false;
  }
  return pattern.empty() && type.empty();
}

std::string why_not_url(const Document& document) {
  const auto url = document.string("/url");
  return url ? fault_of_url(std::string(*url)) : "it is no text";
}

[[noreturn]] void reject(std::string_view reason, std::string_view field, const std::string& why) {
  throw Rejection(reason, std::string(field) + ": " + why, json_object({{"pointer", pointer_to(field)}}));
}

}  // namespace

Endpoint endpoint_of(const Reply& reply) {
  const Document document = reply.document();
  const auto refuse = [&](const std::string& why) {
    throw Rejection("webhook.endpoint", "endpoint " + std::string(reply.id()) + ": " + why);
  };
  Endpoint endpoint;
  endpoint.id = reply.id();
  endpoint.revision = reply.revision();
  endpoint.edit = reply.edit();
  endpoint.enabled = document.boolean("/enabled").value_or(true);
  endpoint.url = document.string("/url").value_or("");
  if (const std::string why = why_not_url(document); !why.empty()) refuse("url: " + why);
  for (const char* pointer : secrets) {
    const auto found = document.find(pointer);
    const auto key = key_of(found ? found->string().value_or("") : "");
    if (key) endpoint.keys.push_back(*key);
    if (!key && (found || endpoint.keys.empty())) refuse(std::string(pointer + 1) + ": " + secret_wanted);
  }
  return endpoint;
}

bool wants(const Document& document, const std::string& at, std::string_view event_type) {
  if (!document.boolean(at + "/enabled").value_or(true)) return false;
  bool found = false;
  const bool listed = document.each(at + "/events", [&](const Value& pattern) {
    found = found || matches(pattern.string().value_or(""), event_type);
  });
  return found || !listed;
}

void check(Operation& op) {
  const Document input = op.input();
  if (const std::string why = why_not_url(input); !why.empty())
    reject("webhook.url", "url", "wanted an http or https URL, but " + why);
  for (const char* pointer : secrets) {
    const auto found = input.find(pointer);
    if (found && !key_of(found->string().value_or(""))) reject("webhook.secret", pointer + 1, secret_wanted);
  }
  if (input.find("/secret")) return;
  const auto kept = op.previous().string("/secret");
  op.set("/secret", kept ? std::string(*kept) : new_secret());
}

}  // namespace webhooks
