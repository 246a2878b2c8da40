#include "http/client/client.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "http/client/round_trip.hpp"

namespace backplane::http {
namespace {

using base::Code;
using base::Error;
using base::Result;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_names(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

Error wrong_url(std::string_view url, std::string_view found) {
  return {Code::invalid_argument,
          "URL \"" + std::string(url) + "\": wanted http://host[:port][/path], found " + std::string(found)};
}

Result<void> check_port(std::string_view url, std::string_view port) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0)
    return wrong_url(url, "port \"" + std::string(port) + "\"");
  return base::ok();
}

// A line break in a header's name or value would begin another header.
Result<void> check_headers(const Client::Headers& headers) {
  for (const auto& [name, value] : headers) {
    const bool clean = std::all_of(value.begin(), value.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return c == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
    if (!clean) return Error{Code::invalid_argument, "header " + name + ": wanted no control characters, found one"};
  }
  return base::ok();
}

}  // namespace

std::string_view Client::Reply::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_names(key, name)) return value;
  return {};
}

Result<Client> Client::to(std::string_view url, std::chrono::milliseconds timeout) {
  std::string_view rest = url;
  std::string_view port = "8080";
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (!equal_names(rest.substr(0, scheme), "http"))
      return wrong_url(url, "scheme \"" + std::string(rest.substr(0, scheme)) + "\"");
    rest.remove_prefix(scheme + 3);
    port = "80";
  }
  const auto slash = rest.find('/');
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  std::string_view host = rest.substr(0, slash);

  // An IPv6 address is in brackets: the colons within are not the port's.
  const auto bracket = host.find(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    BACKPLANE_CHECK(check_port(url, port));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) return wrong_url(url, "no host");
  const auto is_stray = [](char c) { return c <= 0x20 || c == 0x7f || c == '@' || c == '?' || c == '#' || c == '[' || c == ']'; };
  if (std::any_of(host.begin(), host.end(), is_stray)) return wrong_url(url, "host \"" + std::string(host) + "\"");
  if (path.find_first_of("?# \r\n") != std::string_view::npos) return wrong_url(url, "path \"" + std::string(path) + "\"");
  return Client({std::string(host), std::string(port), std::string(path)}, timeout);
}

Result<Client::Reply> Client::send(const Request& request) const {
  BACKPLANE_CHECK(check_headers(request.headers));
  RoundTrip trip(*this);
  BACKPLANE_CHECK(trip.connect());
  BACKPLANE_CHECK(trip.send(request));
  return trip.receive(nullptr);
}

Result<Client::Reply> Client::receive(const Request& request, const Sink& sink) const {
  BACKPLANE_CHECK(check_headers(request.headers));
  RoundTrip trip(*this);
  BACKPLANE_CHECK(trip.connect());
  BACKPLANE_CHECK(trip.send(request));
  return trip.receive(&sink);
}

Result<Client::Reply> Client::upload(const Request& request, const Source& source) const {
  BACKPLANE_CHECK(check_headers(request.headers));
  RoundTrip trip(*this);
  BACKPLANE_CHECK(trip.connect());
  BACKPLANE_CHECK(trip.send_streamed(request, source));
  return trip.receive(nullptr);
}

std::string Client::url() const {
  const bool is_ipv6 = place_.host.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + place_.host + "]" : place_.host) + ":" + place_.port + place_.path;
}

}  // namespace backplane::http
