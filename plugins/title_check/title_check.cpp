// Rejects blank titles and trims the others, before anything is written.
#include <backplane/backplane.hpp>

using namespace backplane::sdk;

namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

class TitleCheck : public Plugin {
 public:
  explicit TitleCheck(Host host) : Plugin(host) {
    std::vector<std::string> types;
    host.config().each("/types", [&](const Value& type) { types.emplace_back(type.as_string()); });
    handle(&TitleCheck::check).before(Action::write).of(types).named("title");
  }

 private:
  void check(Operation& op) {
    const auto title = op.input().string(title_);
    const auto wanted = trimmed(title.value_or(""));
    if (wanted.empty()) {
      throw Rejection("title.blank", "title must not be empty",
                      json_object({{"field", "title"}, {"pointer", title_.text()}}));
    }
    if (wanted.size() != title->size()) op.set(title_, wanted);
  }

  Pointer title_{host(), "/title"};
};

}  // namespace

BACKPLANE_PLUGIN(TitleCheck, {
  "id": "title-check",
  "version": "1.0.0",
  "description": "Rejects blank titles and trims white space from the others.",
  "hooks": [{ "phases": ["before"], "actions": ["write"], "types": ["*"] }],
  "config_schema": {
    "type": "object",
    "properties": {
      "types": {
        "type": "array", "items": { "type": "string" }, "uniqueItems": true,
        "description": "The resource types that have a title; none: every type."
      }
    },
    "additionalProperties": false
  }
});
