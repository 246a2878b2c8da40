#include "public_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace webhooks {
namespace {

struct Range {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array<Range, 16> not_public_4{{
    {ip(0, 0, 0, 0), 8},        // this network
    {ip(10, 0, 0, 0), 8},       // private
    {ip(100, 64, 0, 0), 10},    // shared
    {ip(127, 0, 0, 0), 8},      // loopback
    {ip(169, 254, 0, 0), 16},   // link-local
    {ip(172, 16, 0, 0), 12},    // private
    {ip(192, 0, 0, 0), 24},     // protocol assignments
    {ip(192, 0, 2, 0), 24},     // documentation
    {ip(192, 31, 196, 0), 24},  // AS112
    {ip(192, 52, 193, 0), 24},  // automatic multicast tunnels
    {ip(192, 88, 99, 0), 24},   // 6to4 relays
    {ip(192, 168, 0, 0), 16},   // private
    {ip(198, 18, 0, 0), 15},    // benchmarks
    {ip(198, 51, 100, 0), 24},  // documentation
    {ip(203, 0, 113, 0), 24},   // documentation
    {ip(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
}};

// Of 2000::/3, which is all that is public; by their first 32 bits.
constexpr std::array<Range, 4> not_public_6{{
    {0x20010000, 23},  // protocol assignments, Teredo
    {0x20010DB8, 32},  // documentation
    {0x20020000, 16},  // 6to4: IPv4 in disguise
    {0x3FFF0000, 20},  // documentation
}};

template <class Ranges>
bool in_any(const Ranges& ranges, std::uint32_t address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return (address ^ range.network) >> (32 - range.bits) == 0; });
}

}  // namespace

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, address, sizeof four);
    return !in_any(not_public_4, ntohl(four.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, address, sizeof six);
    std::uint32_t head;
    std::memcpy(&head, &six.sin6_addr, sizeof head);
    head = ntohl(head);
    return head >> 29 == 1 && !in_any(not_public_6, head);
  }
  return false;
}

}  // namespace webhooks
