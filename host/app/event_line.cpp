#include "app/event_line.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace backplane::app {
namespace {

using base::Json;

// ANSI escape sequences (ECMA-48, SGR).
constexpr const char* dim = "\x1b[2m";
constexpr const char* reset = "\x1b[0m";

// One color for all types that begin alike, so that the eye finds them.
std::string color_of(const std::string& type) {
  static constexpr int colors[] = {36, 32, 33, 35, 34, 31};
  unsigned sum = 0;
  for (const char c : type.substr(0, type.find('.'))) sum = sum * 31 + static_cast<unsigned char>(c);
  return "\x1b[" + std::to_string(colors[sum % std::size(colors)]) + "m";
}

// What a terminal would take for more than text never reaches it.
std::string member(const Json& envelope, const char* name) {
  const auto found = envelope.find(name);
  if (found == envelope.end()) return {};
  if (!found->is_string()) return base::to_text(*found);
  const std::string quoted = base::quote_json(found->get_ref<const std::string&>());
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Colors colors_for(const Console& console) {
  const char* const unwanted = std::getenv("NO_COLOR");
  return console.out_is_terminal && (unwanted == nullptr || *unwanted == '\0') ? Colors::on : Colors::off;
}

std::string event_line(const Json& envelope, Colors colors) {
  const auto painted = [&](const std::string& text, const std::string& color) { return colors == Colors::on ? color + text + reset : text; };
  std::string line = painted(member(envelope, "position") + "  " + member(envelope, "timestamp"), dim);
  const std::string type = member(envelope, "event_type");
  line.append("  ").append(painted(type, color_of(type)));
  for (const auto& [name, shown] : {std::pair{"actor_id", "actor"}, {"tenant_id", "tenant"}, {"key", "key"}})
    if (const std::string value = member(envelope, name); !value.empty()) line.append("  ").append(painted(std::string(shown) + "=", dim)).append(value);
  return line.append("  ").append(member(envelope, "payload"));
}

}  // namespace backplane::app
