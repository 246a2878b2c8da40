// One HTTP request and one response as plain values: what the reader makes, what handlers see and make.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backplane::http {

enum class Method { get, head, post, put, patch, remove, options, other };

// "GET", "DELETE" ...; "other" for methods that no route has.
std::string_view name_of(Method method);

// The header fields that something here looks at; all others are dropped while reading.
enum class Field {
  host,
  content_type,
  content_encoding,
  transfer_encoding,
  expect,
  if_match,
  if_none_match,
  idempotency_key,
  origin,
  sec_fetch_site,
  x_actor,
  x_tenant,
  x_correlation_id,
  last_event_id,
};
inline constexpr std::size_t field_count = 14;

// "Host", "Idempotency-Key" ...
std::string_view name_of(Field field);

// Everything before the body. One is used for all requests of a connection, so that its strings keep their memory.
struct Head {
  Method method = Method::other;
  std::string target;           // as received
  unsigned minor_version = 1;   // of HTTP/1
  bool keep_alive = true;       // by version and Connection
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  std::array<std::string, field_count> values;
  std::bitset<field_count> present;
  std::bitset<field_count> repeated;   // If-None-Match excepted: its lines are joined

  bool has(Field field) const { return present[static_cast<std::size_t>(field)]; }
  // Empty when the request has no such field.
  std::string_view value(Field field) const { return values[static_cast<std::size_t>(field)]; }
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  void clear();
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // with static lifetime; empty: no body at all
  std::string body{};
  std::string fields{};  // further header lines, each with its CRLF
};

// 200 with JSON text that is true only now.
Response json_answer(std::string text);

// "Not Found" for 404.
std::string_view phrase_of(int status);

enum class Persistence { keep_alive, close };
enum class BodyFraming { length, chunked, until_close };

// Appends the status line and the header fields that every response has, up to the empty line. `date` is the text
// of the Date field.
void append_head(std::string& out, const Response& response, BodyFraming framing, Persistence persistence,
                 std::string_view date);

// "name: value\r\n"; bytes that could break out of the line are left out.
void append_field(std::string& fields, std::string_view name, std::string_view value);

}  // namespace backplane::http
