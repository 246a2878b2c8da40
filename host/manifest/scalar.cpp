#include "manifest/scalar.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "manifest/problem.hpp"

namespace backplane::manifest {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};
constexpr std::array<Unit, 6> duration_units{
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};
constexpr std::array<Unit, 7> byte_units{{{"GiB", 1 << 30},
                                          {"GB", 1'000'000'000},
                                          {"MiB", 1 << 20},
                                          {"MB", 1'000'000},
                                          {"KiB", 1 << 10},
                                          {"KB", 1'000},
                                          {"B", 1}}};

base::Error wanted(std::string_view what, std::string_view found) {
  return {base::Code::invalid_argument, "wanted " + std::string(what) + ", found " + in_quotes(found)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front of a text; nothing: there are none, or they do not fit.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string_view take_letters(std::string_view& text) {
  const auto letters = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
  text.remove_prefix(letters.size());
  return letters;
}

}  // namespace

base::Result<Duration> parse_duration(std::string_view text) {
  const auto wrong = [&] { return wanted("a duration such as 200ms, 5s or 1m30s (units d, h, m, s, ms, us)", text); };
  std::string_view rest = text;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  do {
    const auto number = take_number(rest);
    const std::string_view name = take_letters(rest);
    while (next_unit < duration_units.size() && duration_units[next_unit].name != name) ++next_unit;
    if (!number || next_unit == duration_units.size()) return wrong();
    std::int64_t part = 0;
    if (__builtin_mul_overflow(*number, duration_units[next_unit].size, &part) ||
        __builtin_add_overflow(total, part, &total))
      return wrong();
    ++next_unit;
  } while (!rest.empty());
  return Duration(total);
}

std::string to_text(Duration duration) {
  if (duration.count() == 0) return "0s";
  std::string text;
  std::int64_t left = duration.count();
  for (const Unit& unit : duration_units) {
    if (left < unit.size) continue;
    text += std::to_string(left / unit.size).append(unit.name);
    left %= unit.size;
  }
  return text;
}

base::Result<std::int64_t> parse_bytes(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto* unit = std::find_if(byte_units.begin(), byte_units.end(), [&](const Unit& known) { return known.name == rest; });
  std::int64_t bytes = 0;
  if (!number || unit == byte_units.end() || __builtin_mul_overflow(*number, unit->size, &bytes))
    return wanted("a size such as 64KiB or 1MB (units B, KB, MB, GB, KiB, MiB, GiB)", text);
  return bytes;
}

std::string bytes_to_text(std::int64_t bytes) {
  for (const Unit& unit : byte_units)
    if (bytes >= unit.size && bytes % unit.size == 0) return std::to_string(bytes / unit.size).append(unit.name);
  return "0B";
}

base::Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return wanted("a whole number", text);
  return value;
}

base::Result<Listen> parse_listen(std::string_view text) {
  const auto wrong = [&] { return wanted("an IP address and a port such as 127.0.0.1:8080 or [::1]:8080", text); };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view digits = text.substr(colon + 1);
  const bool bracketed = text.starts_with('[') && colon > 1 && text[colon - 1] == ']';
  const std::string address(bracketed ? text.substr(1, colon - 2) : text.substr(0, colon));
  const auto port = take_number(digits);
  if (!port || !digits.empty() || *port > 65535) return wrong();

  bool loopback = false;
  in_addr four{};
  in6_addr six{};
  if (!bracketed && inet_pton(AF_INET, address.c_str(), &four) == 1) loopback = (ntohl(four.s_addr) >> 24u) == 127;
  else if (bracketed && inet_pton(AF_INET6, address.c_str(), &six) == 1) loopback = IN6_IS_ADDR_LOOPBACK(&six);
  else return wrong();
  if (!loopback)
    return wanted("a loopback address (127.0.0.1 or [::1]): there is no access control yet, so no other address is served", text);
  return Listen{address, static_cast<std::uint16_t>(*port)};
}

namespace {

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool looks_like_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const auto digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  const std::size_t whole = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

base::Result<base::Json> parse_whole(std::string_view text, std::string_view digits, int radix) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
  if (error != std::errc{}) return wanted("a number that fits 64 bits, or a text in quotes", text);
  return base::Json(value);
}

}  // namespace

base::Result<base::Json> parse_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return base::Json(nullptr);
  if (text == "true" || text == "True" || text == "TRUE") return base::Json(true);
  if (text == "false" || text == "False" || text == "FALSE") return base::Json(false);

  std::string_view magnitude = text;
  if (magnitude.starts_with('-') || magnitude.starts_with('+')) magnitude.remove_prefix(1);
  if (magnitude == ".inf" || magnitude == ".Inf" || magnitude == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN")
    return wanted("a number that JSON can hold, or a text in quotes", text);
  if (all_of(magnitude, "0123456789")) {
    if (!text.starts_with('-')) return parse_whole(text, magnitude, 10);
    std::int64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
      return wanted("a number that fits 64 bits, or a text in quotes", text);
    return base::Json(value);
  }
  if (text.starts_with("0o") && all_of(text.substr(2), "01234567")) return parse_whole(text, text.substr(2), 8);
  if (text.starts_with("0x") && all_of(text.substr(2), "0123456789abcdefABCDEF")) return parse_whole(text, text.substr(2), 16);
  if (looks_like_number(text)) {
    double value = 0;
    const auto [end, error] = std::from_chars(magnitude.data(), magnitude.data() + magnitude.size(), value);
    if (error != std::errc{}) return wanted("a number that fits 64 bits, or a text in quotes", text);
    return base::Json(text.starts_with('-') ? -value : value);
  }
  return base::Json(text);
}

base::Result<void> check_index_pointer(std::string_view pointer) {
  bool good = pointer.starts_with('/') && pointer.size() <= 1024;
  for (std::size_t i = 0; i < pointer.size(); ++i)
    if (pointer[i] == '~' && (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))) good = false;
  if (!good) return wanted("a JSON Pointer to a member such as /title or /author/name", pointer);
  return base::ok();
}

}  // namespace backplane::manifest
