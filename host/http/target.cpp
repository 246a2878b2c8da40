#include "http/target.hpp"

#include <algorithm>

#include "model/name.hpp"

namespace backplane::http {
namespace {

base::Error bad(std::string_view part, std::string_view problem) {
  return {.code = base::Code::invalid_argument, .message = std::string(part).append(": ").append(problem)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

base::Result<void> decode(std::string_view part, std::string_view text, std::string& out) {
  out.clear();
  if (text.find('%') == std::string_view::npos) {
    out.assign(text);
    return base::ok();
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad(part, "wanted two hexadecimal digits after \"%\", found something else");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!model::is_utf8(out)) return bad(part, "wanted UTF-8 without NUL behind its percent encoding, found other bytes");
  return base::ok();
}

base::Result<void> read_segment(std::string_view text, std::string& out) {
  BACKPLANE_CHECK(decode("path", text, out));
  if (out.empty()) return bad("path", "wanted a name between two \"/\", found nothing");
  if (out == "." || out == "..") return bad("path", "wanted no \".\" and \"..\", found \"" + out + "\"");
  if (out.find_first_of("/\\") != std::string::npos) return bad("path", "wanted no encoded \"/\" or \"\\\", found one");
  return base::ok();
}

base::Result<void> read_path(std::string_view path, Target& target) {
  target.depth = 0;
  if (path == "/") return base::ok();
  std::string beyond;
  while (!path.empty()) {
    path.remove_prefix(1);  // the "/"
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    BACKPLANE_CHECK(read_segment(segment, target.depth < Target::most_segments ? target.segments[target.depth] : beyond));
    ++target.depth;
  }
  return base::ok();
}

base::Result<void> read_query(std::string_view query, Target& target) {
  target.query.assign(query);
  target.parameters.clear();
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    QueryParameter& parameter = target.parameters.emplace_back();
    BACKPLANE_CHECK(decode("query", pair.substr(0, equals), parameter.name));
    BACKPLANE_CHECK(decode("query", pair.substr(std::min(equals + 1, pair.size())), parameter.value));
  }
  return base::ok();
}

// Takes "http://host:port" off the front of an absolute form.
void take_authority(std::string_view& text, Target& target) {
  target.authority.clear();
  if (!text.starts_with("http://")) return;
  text.remove_prefix(7);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  target.authority.assign(text.substr(0, end));
  text.remove_prefix(end);
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (const QueryParameter& parameter : parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

base::Result<void> read_target(std::string_view text, Target& target) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!printable) return bad("target", "wanted printable ASCII, found other bytes");
  if (text.find('#') != std::string_view::npos) return bad("target", "wanted no fragment, found \"#\"");
  take_authority(text, target);
  const std::size_t mark = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, mark);
  if (path.empty() && !target.authority.empty()) path = "/";
  if (!path.starts_with('/')) return bad("target", "wanted a path that begins with \"/\", found \"" + std::string(path) + "\"");
  BACKPLANE_CHECK(read_path(path, target));
  return read_query(text.substr(std::min(mark + 1, text.size())), target);
}

std::string query_without(std::string_view query, std::string_view name) {
  std::string kept;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty() || pair.substr(0, pair.find('=')) == name) continue;
    if (!kept.empty()) kept.push_back('&');
    kept.append(pair);
  }
  return kept;
}

}  // namespace backplane::http
