#include "store/sqlite/json_scan.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace backplane::store::sqlite {
namespace {

// Walks over a valid text. What it steps on is where a value, a name or a comma begins.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_space(); }

  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Steps over one character and the space behind it.
  void pass() {
    ++at_;
    skip_space();
  }

  std::string_view take_value() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    do {
      const char c = here();
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':' || is_space(c)) {
        ++at_;
      } else {
        skip_plain();
      }
    } while (depth > 0 && at_ < text_.size());
    const std::string_view value = text_.substr(start, at_ - start);
    skip_space();
    return value;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }

  void skip_plain() {
    const std::size_t end = text_.find_first_of(",:]} \n\r\t", at_);
    at_ = end == std::string_view::npos ? text_.size() : std::max(end, at_ + 1);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unescape_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) name += token[++i] == '0' ? '~' : '/';
    else name += token[i];
  }
  return name;
}

std::optional<std::string_view> member_of(std::string_view object, const std::string& name) {
  Scanner scanner(object);
  scanner.pass();
  while (scanner.here() == '"') {
    const std::string_view quoted = scanner.take_value();
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    scanner.pass();
    const std::string_view value = scanner.take_value();
    const bool escaped = inner.find('\\') != std::string_view::npos;
    if (escaped ? unescape_json(inner) == name : inner == name) return value;
    if (scanner.here() == ',') scanner.pass();
  }
  return std::nullopt;
}

std::optional<std::string_view> element_of(std::string_view array, std::string_view token) {
  std::size_t wanted = 0;
  const char* const end = token.data() + token.size();
  const auto [read, error] = std::from_chars(token.data(), end, wanted);
  if (error != std::errc{} || read != end || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  Scanner scanner(array);
  scanner.pass();
  for (std::size_t index = 0; scanner.here() != ']' && scanner.here() != '\0'; ++index) {
    const std::string_view value = scanner.take_value();
    if (index == wanted) return value;
    if (scanner.here() == ',') scanner.pass();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_in_json(std::string_view json, std::string_view pointer) {
  std::optional<std::string_view> value = Scanner(json).take_value();
  while (value && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (value->starts_with('{')) value = member_of(*value, unescape_token(token));
    else if (value->starts_with('[')) value = element_of(*value, token);
    else return std::nullopt;
  }
  return value;
}

std::string unescape_json(std::string_view inner) {
  const auto value = base::Json::parse('"' + std::string(inner) + '"', nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(inner);
}

bool is_json_pointer(std::string_view pointer) {
  if (pointer.empty()) return true;
  if (pointer.front() != '/' || pointer.find('\0') != std::string_view::npos) return false;
  for (std::size_t i = 0; i < pointer.size(); ++i)
    if (pointer[i] == '~' && (i + 1 >= pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))) return false;
  return true;
}

}  // namespace backplane::store::sqlite
