// Who a browser says that it speaks for. Only loopback is served, so a request that names another host came here by a
// rebound DNS name, and one that another site's page sends is not the user's own.
#pragma once

#include <optional>
#include <string_view>

#include "http/message.hpp"
#include "http/problem.hpp"
#include "http/target.hpp"

namespace backplane::http {

// "localhost", "127.0.0.1:8080", "[::1]" ...
bool is_loopback_authority(std::string_view authority);

// Nothing when the request may be served. 400: no Host in HTTP/1.1, or a broken one; 421: Host is not a loopback name;
// 403: a request that changes something, from another site.
std::optional<Refusal> refuse_foreign(const Head& head, const Target& target);

}  // namespace backplane::http
