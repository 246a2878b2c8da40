#include "store/sqlite/member_key.hpp"

#include <sqlite3.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/assertion.hpp"
#include "store/sqlite/json_scan.hpp"

namespace backplane::store::sqlite {
namespace {

enum Kind : char { null = 1, boolean = 2, number = 3, string = 4, structure = 5, absent = 6 };

std::string tagged(Kind kind, std::string_view bytes = {}) {
  std::string key;
  key.reserve(bytes.size() + 1);
  key += static_cast<char>(kind);
  key += bytes;
  return key;
}

void append_big_endian(std::string& key, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) key += static_cast<char>(value >> static_cast<unsigned>(shift));
}

// The nearest double, then what an integer is above or below it: integers of 64 bits and doubles in one exact order.
std::string number_key(double nearest, std::int64_t rest) {
  std::string key(1, Kind::number);
  const auto bits = std::bit_cast<std::uint64_t>(nearest == 0 ? 0.0 : nearest);
  constexpr std::uint64_t sign = std::uint64_t{1} << 63u;
  append_big_endian(key, (bits & sign) != 0 ? ~bits : bits | sign, 8);
  append_big_endian(key, static_cast<std::uint64_t>(rest + 0x8000), 2);
  return key;
}

std::string number_key(std::int64_t value) {
  const auto nearest = static_cast<double>(value);
  const std::uint64_t back = nearest >= 0x1p63 ? std::uint64_t{1} << 63u
                                               : static_cast<std::uint64_t>(static_cast<std::int64_t>(nearest));
  return number_key(nearest, static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - back));
}

std::string number_key(std::uint64_t value) {
  const auto nearest = static_cast<double>(value);
  const std::uint64_t back = nearest >= 0x1p64 ? 0 : static_cast<std::uint64_t>(nearest);
  return number_key(nearest, static_cast<std::int64_t>(value - back));
}

std::string number_key(std::string_view digits) {
  const char* const end = digits.data() + digits.size();
  if (digits.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t whole = 0;
    if (std::from_chars(digits.data(), end, whole).ec == std::errc{}) return number_key(whole);
    std::uint64_t positive = 0;
    if (std::from_chars(digits.data(), end, positive).ec == std::errc{}) return number_key(positive);
  }
  return key_of(base::Json::parse(digits, nullptr, false));
}

std::string string_key(std::string_view quoted) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return tagged(Kind::string, inner);
  return tagged(Kind::string, unescape_json(inner));
}

void member_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto view = [](sqlite3_value* value) {
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
    return std::string_view(bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  const std::string key = member_key(view(arguments[0]), view(arguments[1]));
  sqlite3_result_blob64(context, key.data(), key.size(), SQLITE_TRANSIENT);
}

}  // namespace

std::string member_key(std::string_view document, std::string_view pointer) {
  const std::optional<std::string_view> value = find_in_json(document, pointer);
  if (!value || value->empty()) return tagged(Kind::absent);
  switch (value->front()) {
    case '{':
    case '[': return tagged(Kind::structure);
    case '"': return string_key(*value);
    case 'n': return tagged(Kind::null);
    case 't': return tagged(Kind::boolean, "\1");
    case 'f': return tagged(Kind::boolean, std::string_view("\0", 1));
    default: return number_key(*value);
  }
}

std::string key_of(const base::Json& scalar) {
  if (scalar.is_null()) return tagged(Kind::null);
  if (scalar.is_boolean()) return tagged(Kind::boolean, std::string_view(scalar.get<bool>() ? "\1" : "\0", 1));
  if (scalar.is_string()) return tagged(Kind::string, scalar.get_ref<const std::string&>());
  if (scalar.is_number_unsigned()) return number_key(scalar.get<std::uint64_t>());
  if (scalar.is_number_integer()) return number_key(scalar.get<std::int64_t>());
  if (scalar.is_number()) return number_key(scalar.get<double>(), 0);
  return tagged(Kind::structure);
}

std::string kind_begin(std::string_view key) { return std::string(key.substr(0, 1)); }

std::string kind_end(std::string_view key) { return std::string(1, static_cast<char>(key.front() + 1)); }

std::string absent_key() { return tagged(Kind::absent); }

std::string prefix_end(std::string key) {
  // No byte of UTF-8 is 0xff, so the last one can always be counted up.
  key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) + 1);
  return key;
}

void add_member_function(sqlite3* connection) {
  BACKPLANE_ASSERT(sqlite3_create_function_v2(connection, "backplane_member", 2,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr, member_function,
                                              nullptr, nullptr, nullptr) == SQLITE_OK);
}

std::string member_expression(std::string_view pointer) {
  std::string sql = "backplane_member(document,'";
  for (const char c : pointer) {
    sql += c;
    if (c == '\'') sql += c;
  }
  return sql + "')";
}

}  // namespace backplane::store::sqlite
