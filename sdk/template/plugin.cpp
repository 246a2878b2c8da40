// @PLUGIN_ID@: refuses documents whose name is too long, and logs what was written.
#include <backplane/backplane.hpp>

using namespace backplane::sdk;

namespace {

class @PLUGIN_CLASS@ : public Plugin {
 public:
  explicit @PLUGIN_CLASS@(Host host) : Plugin(host), longest_(host.config().integer("/longest_name").value_or(80)) {
    handle(&@PLUGIN_CLASS@::check).before(Action::write).named("check")
        .handle(&@PLUGIN_CLASS@::tell).on_success(Action::mutate).named("tell");
  }

 private:
  // Before anything is written: refuse with a code, a message and details for the caller.
  void check(Operation& op) {
    const auto name = op.input().string(name_).value_or("");
    if (static_cast<std::int64_t>(name.size()) > longest_) {
      throw Rejection("name.too_long", "name must not be longer than " + std::to_string(longest_) + " bytes",
                      json_object({{"field", "name"}, {"longest", longest_}}));
    }
  }

  // After the commit: the place for side effects.
  void tell(Operation& op) {
    op.host().info("written " + json_object({{"actor", op.actor()}, {"action", name_of(op.action())},
                                             {"type", op.type()}, {"id", op.id()}}).text());
  }

  std::int64_t longest_;
  Pointer name_{host(), "/name"};
};

}  // namespace

// What the plugin is, read by the host before any of its code runs; "hooks" is the most it may register.
BACKPLANE_PLUGIN(@PLUGIN_CLASS@, {
  "id": "@PLUGIN_ID@",
  "version": "0.1.0",
  "description": "Refuses documents whose name is too long, and logs what was written.",
  "hooks": [
    { "phases": ["before"], "actions": ["write"], "types": ["*"] },
    { "phases": ["on_success"], "actions": ["mutate"], "types": ["*"] }
  ],
  "config_schema": {
    "type": "object",
    "properties": { "longest_name": { "type": "integer", "minimum": 1, "description": "in bytes; 80 when absent" } },
    "additionalProperties": false
  }
});
