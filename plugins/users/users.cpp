// Tells that somebody has registered, whenever a user is created.
#include <backplane/backplane.hpp>

using namespace backplane::sdk;

namespace {

// Enlisted, not published: the event is in the log if the user is in the store, and nowhere otherwise.
void tell(Operation& op) {
  const auto email = op.input().string("/email");
  if (!email) {
    throw Rejection("user.no_email", "a user has an email address",
                    json_object({{"field", "email"}, {"pointer", "/email"}}));
  }
  op.enlist(events::UserRegistered{std::string(op.id()), std::string(*email)});
}

class Users : public Plugin {
 public:
  explicit Users(Host host) : Plugin(host) { handle(tell).before(Action::create, "user").named("registered"); }
};

}  // namespace

BACKPLANE_PLUGIN(Users, {
  "id": "users",
  "version": "1.0.0",
  "description": "Publishes user.registered when a user is created.",
  "hooks": [{ "phases": ["before"], "actions": ["create"], "types": ["user"] }],
  "events": { "publish": ["user.registered"] },
  "config_schema": { "type": "object", "additionalProperties": false }
});
