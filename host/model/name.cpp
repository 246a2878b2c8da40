#include "model/name.hpp"

#include <algorithm>
#include <string>

#include "base/json.hpp"

namespace backplane::model {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

template <class F>
base::Result<void> check(std::string_view what, std::string_view wanted, std::string_view found, std::size_t least,
                         std::size_t most, F allowed) {
  if (found.size() >= least && found.size() <= most && std::all_of(found.begin(), found.end(), allowed)) return base::ok();
  return base::Error{base::Code::invalid_argument, std::string(what) + ": wanted " + std::string(wanted) + ", found " +
                                                       base::quote_json(found.substr(0, 160))};
}

// What can stand in a URL as it is.
base::Result<void> check_segment(std::string_view what, std::string_view text) {
  constexpr std::string_view wanted = "[A-Za-z0-9._~-]{1,128}, not '.' or '..'";
  if (text == "." || text == "..") return check(what, wanted, text, 1, 0, [](char) { return false; });
  return check(what, wanted, text, 1, 128, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '~' || c == '-';
  });
}

}  // namespace

base::Result<void> check_resource_id(std::string_view id) { return check_segment("resource id", id); }

base::Result<void> check_hook_name(std::string_view name) { return check_segment("hook name", name); }

base::Result<void> check_subscription_name(std::string_view name) { return check_segment("subscription name", name); }

base::Result<void> check_resource_type(std::string_view type) {
  const auto inner = [](char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-'; };
  constexpr std::string_view wanted = "[a-z][a-z0-9_-]{0,63}";
  if (!type.empty() && !is_lower(type.front())) return check("resource type", wanted, type, 1, 0, inner);
  return check("resource type", wanted, type, 1, 64, inner);
}

base::Result<void> check_plugin_id(std::string_view id) {
  const auto inner = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  constexpr std::string_view wanted = "[a-z0-9][a-z0-9-]{0,63}";
  if (!id.empty() && id.front() == '-') return check("plugin id", wanted, id, 1, 0, inner);
  return check("plugin id", wanted, id, 1, 64, inner);
}

base::Result<void> check_actor(std::string_view actor) {
  return check("actor", "1 to 128 printable ASCII characters without space", actor, 1, 128,
               [](char c) { return c > ' ' && c < 0x7f; });
}

base::Result<void> check_tenant(std::string_view tenant) {
  return check("tenant", "at most 128 printable ASCII characters without space", tenant, 0, 128,
               [](char c) { return c > ' ' && c < 0x7f; });
}

base::Result<void> check_idempotency_key(std::string_view key) {
  return check("idempotency key", "1 to 255 printable ASCII characters", key, 1, 255,
               [](char c) { return c >= ' ' && c < 0x7f; });
}

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  const auto follows = [&](std::ptrdiff_t i, unsigned char least, unsigned char most) {
    return i < end - at && at[i] >= least && at[i] <= most;
  };
  while (at < end) {
    const unsigned char c = *at;
    if (c >= 0x01 && c <= 0x7f) {
      at += 1;
    } else if (c >= 0xc2 && c <= 0xdf && follows(1, 0x80, 0xbf)) {
      at += 2;
    } else if (c >= 0xe0 && c <= 0xef && follows(1, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf) && follows(2, 0x80, 0xbf)) {
      at += 3;
    } else if (c >= 0xf0 && c <= 0xf4 && follows(1, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf) &&
               follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf)) {
      at += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace backplane::model
