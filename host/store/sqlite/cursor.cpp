#include "store/sqlite/cursor.hpp"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace backplane::store::sqlite {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Base64 for URLs without padding (RFC 4648, 5).
std::string to_base64(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = bits << 8u | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += digits[bits >> (count - 6) & 63u];
  }
  if (count > 0) text += digits[bits << (6 - count) & 63u];
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6u | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255u);
  }
  return bytes;
}

void append_number(std::string& bytes, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift & 255u);
}

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, text.size());
  bytes += text;
}

// All that makes it this search and no other: FNV-1a over it.
std::uint64_t mark_of(const Search& search) {
  std::string all;
  const auto add_field = [&](const Field& field) {
    all += static_cast<char>(field.kind);
    append_text(all, field.pointer);
  };
  append_text(all, search.tenant);
  append_text(all, search.type);
  all += static_cast<char>(search.deleted);
  for (const Filter& filter : search.filters) {
    all += 'f';
    add_field(filter.field);
    all += static_cast<char>(filter.comparison);
    append_text(all, base::to_text(filter.value));
  }
  for (const Sort& sort : search.sort) {
    all += sort.descending ? 'd' : 'a';
    add_field(sort.field);
  }
  std::uint64_t mark = 0xcbf29ce484222325u;
  for (const char c : all) mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mark;
}

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}

  std::optional<std::uint64_t> number() {
    if (left_.size() < 8) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(static_cast<unsigned char>(left_[i])) << (8 * i);
    left_.remove_prefix(8);
    return value;
  }

  std::optional<Value> value() {
    if (left_.empty()) return std::nullopt;
    const char kind = left_.front();
    left_.remove_prefix(1);
    const auto size = number();
    if (!size) return std::nullopt;
    if (kind == 0) return Value(static_cast<std::int64_t>(*size));
    if (*size > left_.size()) return std::nullopt;
    std::string text(left_.substr(0, *size));
    left_.remove_prefix(*size);
    if (kind == 1) return Value(std::move(text));
    return Value(Blob{std::move(text)});
  }

  bool finished() const { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace

std::string write_cursor(const Search& search, const std::vector<Value>& values) {
  std::string bytes;
  append_number(bytes, mark_of(search));
  for (const Value& value : values) {
    bytes += static_cast<char>(value.index());
    if (const auto* number = std::get_if<std::int64_t>(&value)) append_number(bytes, static_cast<std::uint64_t>(*number));
    else if (const auto* text = std::get_if<std::string>(&value)) append_text(bytes, *text);
    else append_text(bytes, std::get<Blob>(value).bytes);
  }
  return to_base64(bytes);
}

std::optional<std::vector<Value>> read_cursor(const Search& search, std::string_view text) {
  const std::optional<std::string> decoded = from_base64(text);
  if (!decoded) return std::nullopt;
  Bytes bytes(*decoded);
  if (bytes.number() != mark_of(search)) return std::nullopt;
  std::vector<Value> values;
  while (!bytes.finished()) {
    auto value = bytes.value();
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace backplane::store::sqlite
