#include "plugin/pointer.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace backplane::plugin {
namespace {

// "0", "17"; not "-", "01" or what does not fit.
std::optional<std::size_t> array_index(const std::string& token) {
  if (token.empty() || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  std::size_t index = 0;
  const char* const end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, index);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return index;
}

}  // namespace

base::Result<Pointer> Pointer::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return base::Error{base::Code::invalid_argument, "JSON Pointer " + base::quote_json(text) + ": " + std::string(why)};
  };
  Pointer pointer;
  if (text.empty()) return pointer;
  if (text.front() != '/') return wrong("wanted '/' at its start");
  std::string name;
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '/') {
      const auto index = array_index(name);
      pointer.tokens_.push_back({std::move(name), index});
      name.clear();
    } else if (text[i] == '~') {
      if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return wrong("wanted ~0 or ~1 after '~'");
      name += text[++i] == '0' ? '~' : '/';
    } else {
      name += text[i];
    }
  }
  return pointer;
}

const base::Json* Pointer::find(const base::Json& document) const {
  const base::Json* at = &document;
  for (const Token& token : tokens_) {
    if (at->is_object()) {
      const auto& members = at->get_ref<const base::Json::object_t&>();
      const auto member = members.find(token.name);
      if (member == members.end()) return nullptr;
      at = &member->second;
    } else if (at->is_array() && token.index && *token.index < at->size()) {
      at = &(*at)[*token.index];
    } else {
      return nullptr;
    }
  }
  return at;
}

}  // namespace backplane::plugin
