// The names that come from outside, and what they may be made of.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace backplane::model {

// A resource id: [A-Za-z0-9._~-]{1,128}, and neither "." nor "..".
base::Result<void> check_resource_id(std::string_view id);

// The name of a subscription within its plugin: the same characters. invalid_argument: anything else.
base::Result<void> check_hook_name(std::string_view name);
base::Result<void> check_subscription_name(std::string_view name);

// A resource type: [a-z][a-z0-9_-]{0,63}.
base::Result<void> check_resource_type(std::string_view type);

// A plugin id: [a-z0-9][a-z0-9-]{0,63}.
base::Result<void> check_plugin_id(std::string_view id);

// An actor or a tenant: printable ASCII without space, 1 to 128 characters; a tenant may be empty.
base::Result<void> check_actor(std::string_view actor);
base::Result<void> check_tenant(std::string_view tenant);

// An idempotency key: printable ASCII, 1 to 255 characters.
base::Result<void> check_idempotency_key(std::string_view key);

// Whether `text` is well-formed UTF-8 (RFC 3629) without NUL.
bool is_utf8(std::string_view text);

}  // namespace backplane::model
