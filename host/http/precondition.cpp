#include "http/precondition.hpp"

namespace backplane::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One entity-tag off the front of `text`, its weakness dropped: what stands between the quotes.
std::optional<std::string_view> take_tag(std::string_view& text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (!text.starts_with('"')) return std::nullopt;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view tag = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return tag;
}

}  // namespace

base::Result<Expected> read_if_match(std::string_view value) {
  std::string_view text = trimmed(value);
  if (text == "*") return Expected{};
  const bool weak = text.starts_with("W/");
  const auto tag = take_tag(text);
  if (!tag || !trimmed(text).empty()) {
    return base::Error{.code = base::Code::invalid_argument,
                       .message = "If-Match: wanted * or one tag such as \"3\", found " + std::string(value)};
  }
  const auto version = model::version_from(*tag);
  if (weak || !version) return Expected{Expected::Kind::never};
  return Expected{Expected::Kind::version, *version};
}

bool names_version(std::string_view if_none_match, model::Version version) {
  std::string_view text = trimmed(if_none_match);
  if (text == "*") return true;
  const std::string wanted = model::to_string(version);
  while (!text.empty()) {
    const auto tag = take_tag(text);
    if (!tag) return false;
    if (*tag == wanted) return true;
    text = trimmed(text);
    if (text.starts_with(',')) text.remove_prefix(1);
    text = trimmed(text);
  }
  return false;
}

std::string etag_of(model::Version version) { return '"' + model::to_string(version) + '"'; }

}  // namespace backplane::http
