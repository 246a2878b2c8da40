#include "http/client/request_target.hpp"

namespace backplane::http {
namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

// RFC 3986, 2.1. A segment "." or ".." would be taken for a step in the path, so its dots are encoded as well.
std::string percent_encoded(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  const bool is_step = text == "." || text == "..";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) && !is_step) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4u];
      encoded += digits[byte & 0xfu];
    }
  }
  return encoded;
}

}  // namespace

RequestTarget& RequestTarget::segment(std::string_view text) {
  path_ += '/';
  path_ += percent_encoded(text);
  return *this;
}

RequestTarget& RequestTarget::query(std::string_view name, std::string_view value) {
  query_ += query_.empty() ? '?' : '&';
  query_ += percent_encoded(name);
  query_ += '=';
  query_ += percent_encoded(value);
  return *this;
}

}  // namespace backplane::http
