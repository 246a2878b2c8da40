#include "http/origin.hpp"

#include <algorithm>
#include <string>

namespace backplane::http {
namespace {

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// host [":" port]; the host in lower case, brackets kept. Nothing when it is neither.
std::optional<std::string> host_of(std::string_view authority) {
  std::size_t end = 0;
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
  }
  const std::string_view port = authority.substr(end);
  if (end == 0 || (!port.empty() && (port[0] != ':' || !is_digits(port.substr(1))))) return std::nullopt;
  std::string host(authority.substr(0, end));
  for (char& c : host) {
    if (c <= ' ' || c >= 0x7f || std::string_view("/?#@,\\\"<>").find(c) != std::string_view::npos) return std::nullopt;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return host;
}

// 127.a.b.c with plain decimal numbers.
bool is_loopback_v4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::string_view part = host.substr(0, host.find('.'));
    if (part.empty() || part.size() > 3 || !is_digits(part) || std::stoi(std::string(part)) > 255) return false;
    if (parts == 0 && part != "127") return false;
    ++parts;
    if (part.size() == host.size()) return parts == 4;
    host.remove_prefix(part.size() + 1);
  }
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "localhost." || host == "[::1]" || is_loopback_v4(host);
}

bool is_loopback_origin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return is_loopback_authority(origin.substr(scheme.size()));
  }
  return false;
}

Refusal denied(int status, std::string message) {
  return {status, {.code = base::Code::denied, .message = std::move(message)}};
}

}  // namespace

bool is_loopback_authority(std::string_view authority) {
  const auto host = host_of(authority);
  return host && is_loopback_host(*host);
}

std::optional<Refusal> refuse_foreign(const Head& head, const Target& target) {
  const bool has_host = head.has(Field::host);
  if (!has_host && head.minor_version > 0) return invalid_request("Host: wanted one, found none");
  // RFC 9112, 3.2.2: the authority of an absolute target counts, not the Host beside it.
  const std::string_view host = target.authority.empty() ? head.value(Field::host) : std::string_view(target.authority);
  if (has_host || !target.authority.empty()) {
    if (!host_of(host)) return invalid_request("Host: wanted a host and a port, found \"" + std::string(host) + "\"");
    if (!is_loopback_authority(host)) {
      return denied(421, "Host: wanted localhost, 127.x.x.x or [::1], found \"" + std::string(host) + "\"");
    }
  }
  if (head.method == Method::get || head.method == Method::head) return std::nullopt;
  if (head.has(Field::origin) && !is_loopback_origin(head.value(Field::origin))) {
    return denied(403, "Origin: wanted a page of this machine, found \"" + std::string(head.value(Field::origin)) + "\"");
  }
  if (head.value(Field::sec_fetch_site) == "cross-site") {
    return denied(403, "Sec-Fetch-Site: wanted a request of the same site, found cross-site");
  }
  return std::nullopt;
}

}  // namespace backplane::http
