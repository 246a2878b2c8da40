// Which addresses belong to the public internet. Plain functions: any thread.
#pragma once

#include <sys/socket.h>

namespace webhooks {

// False for loopback, private, link-local (169.254.169.254 of the clouds is one), shared, reserved, multicast and
// documentation addresses, for IPv6 that wraps IPv4, and for whatever is neither IPv4 nor IPv6. By the special-purpose
// registries of IANA (RFC 6890).
bool is_public(const sockaddr* address);

}  // namespace webhooks
