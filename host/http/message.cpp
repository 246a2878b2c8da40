#include "http/message.hpp"

#include <charconv>

namespace backplane::http {

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::remove: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: return "other";
  }
  return "other";
}

std::string_view name_of(Field field) {
  static constexpr std::array<std::string_view, field_count> names{
      "Host",   "Content-Type",   "Content-Encoding", "Transfer-Encoding", "Expect",   "If-Match",        "If-None-Match",
      "Idempotency-Key", "Origin", "Sec-Fetch-Site",   "X-Actor",           "X-Tenant", "X-Correlation-Id",
      "Last-Event-ID"};
  return names[static_cast<std::size_t>(field)];
}

void Head::clear() {
  method = Method::other;
  target.clear();
  minor_version = 1;
  keep_alive = true;
  chunked = false;
  content_length.reset();
  for (std::size_t i = 0; i < field_count; ++i) {
    if (present[i]) values[i].clear();
  }
  present.reset();
  repeated.reset();
}

namespace {

struct Phrase {
  int status;
  std::string_view line;  // "HTTP/1.1 200 OK\r\n"
};

constexpr std::string_view version = "HTTP/1.1 ";

constexpr Phrase phrases[] = {
    {200, "HTTP/1.1 200 OK\r\n"},
    {201, "HTTP/1.1 201 Created\r\n"},
    {202, "HTTP/1.1 202 Accepted\r\n"},
    {204, "HTTP/1.1 204 No Content\r\n"},
    {304, "HTTP/1.1 304 Not Modified\r\n"},
    {400, "HTTP/1.1 400 Bad Request\r\n"},
    {401, "HTTP/1.1 401 Unauthorized\r\n"},
    {403, "HTTP/1.1 403 Forbidden\r\n"},
    {404, "HTTP/1.1 404 Not Found\r\n"},
    {405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    {408, "HTTP/1.1 408 Request Timeout\r\n"},
    {409, "HTTP/1.1 409 Conflict\r\n"},
    {412, "HTTP/1.1 412 Precondition Failed\r\n"},
    {413, "HTTP/1.1 413 Content Too Large\r\n"},
    {415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    {417, "HTTP/1.1 417 Expectation Failed\r\n"},
    {421, "HTTP/1.1 421 Misdirected Request\r\n"},
    {422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    {431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    {500, "HTTP/1.1 500 Internal Server Error\r\n"},
    {501, "HTTP/1.1 501 Not Implemented\r\n"},
    {502, "HTTP/1.1 502 Bad Gateway\r\n"},
    {503, "HTTP/1.1 503 Service Unavailable\r\n"},
    {504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    {505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
    {507, "HTTP/1.1 507 Insufficient Storage\r\n"},
    {508, "HTTP/1.1 508 Loop Detected\r\n"},
};

std::string_view status_line(int status) {
  for (const Phrase& phrase : phrases) {
    if (phrase.status == status) return phrase.line;
  }
  return status_line(500);
}

}  // namespace

std::string_view phrase_of(int status) {
  std::string_view line = status_line(status);
  line.remove_prefix(version.size() + 4);
  line.remove_suffix(2);
  return line;
}

Response json_answer(std::string text) { return {.body = std::move(text), .fields = "Cache-Control: no-store\r\n"}; }

void append_head(std::string& out, const Response& response, BodyFraming framing, Persistence persistence,
                 std::string_view date) {
  out.append(status_line(response.status)).append("Server: backplane\r\nDate: ").append(date).append("\r\n");
  if (!response.content_type.empty()) {
    out.append("Content-Type: ").append(response.content_type).append("\r\n");
  }
  if (framing == BodyFraming::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (framing == BodyFraming::length && response.status != 204 && response.status != 304) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, response.body.size()).ptr;
    out.append("Content-Length: ").append(digits, end).append("\r\n");
  }
  if (persistence == Persistence::close) out.append("Connection: close\r\n");
  out.append(response.fields).append("\r\n");
}

void append_field(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(name).append(": ");
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) fields.push_back(c);
  }
  fields.append("\r\n");
}

}  // namespace backplane::http
