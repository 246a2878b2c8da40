#include "plugin/grants.hpp"

#include "support/catch.hpp"

using namespace backplane::plugin;
using backplane::base::Code;
using backplane::manifest::Grants;
using backplane::model::Action;
using backplane::model::ActionSet;
using backplane::model::Phase;
namespace actions = backplane::model::actions;

namespace {

constexpr auto before = static_cast<std::uint32_t>(Phase::before);
constexpr auto after = static_cast<std::uint32_t>(Phase::after);

// Declares before create and update of notes, and after everything of every type.
Metadata declaring() {
  Metadata metadata;
  metadata.hooks = {{before, {Action::create, Action::update}, {"note"}}, {after, actions::full, {"*"}}};
  metadata.publish = {"audit.*"};
  metadata.subscribe = {"order.>"};
  return metadata;
}

Grants everything() {
  Grants grants;
  grants.hooks = {{"*", actions::full}};
  grants.publish = grants.subscribe = {"*"};
  return grants;
}

template <class T>
std::string message_of(const backplane::base::Result<T>& result) {
  if (result) return "";
  CHECK(result.error().code == Code::denied);
  return result.error().message;
}

}  // namespace

TEST_CASE("a hook within the metadata and the grants may be registered") {
  CHECK(check_hook(declaring(), everything(), {before, Action::create, {"note"}}).has_value());
  CHECK(check_hook(declaring(), everything(), {after, actions::full, {}}).has_value());
  CHECK(check_hook(declaring(), everything(), {after, Action::get, {"task", "note"}}).has_value());
}

TEST_CASE("several declarations add up") {
  Metadata metadata;
  metadata.hooks = {{before, Action::create, {"note"}}, {before, Action::update, {"*"}}};
  CHECK(check_hook(metadata, everything(), {before, {Action::create, Action::update}, {"note"}}).has_value());
  CHECK_FALSE(check_hook(metadata, everything(), {before, {Action::create, Action::update}, {"task"}}).has_value());
}

TEST_CASE("a hook beyond the metadata is denied in the metadata's name") {
  CHECK(message_of(check_hook(declaring(), everything(), {before, {Action::create, Action::remove}, {"note"}})) ==
        "hook before delete of type 'note': the plugin's own metadata forbids it: it declares create, update there "
        "(the plugin's author has to declare more)");
  CHECK(message_of(check_hook(declaring(), everything(), {before | after, Action::create, {}})) ==
        "hook before create of every type: the plugin's own metadata forbids it: it declares nothing there "
        "(the plugin's author has to declare more)");
  CHECK_FALSE(check_hook(declaring(), everything(), {before, Action::create, {"note", "task"}}).has_value());
}

TEST_CASE("a hook beyond the manifest's grants is denied with the line to add") {
  Grants grants;
  grants.hooks = {{"note", Action::create}, {"*", Action::get}};
  CHECK(check_hook(declaring(), grants, {after, {Action::create, Action::get}, {"note"}}).has_value());
  CHECK(message_of(check_hook(declaring(), grants, {before, {Action::create, Action::update}, {"note"}})) ==
        "hook before update of type 'note': the manifest forbids it: it grants create, get there; to allow it, add to the "
        "plugin's grants: hooks: { note: [update] }");
  CHECK(message_of(check_hook(declaring(), grants, {after, {Action::create, Action::get}, {}})) ==
        "hook after create of every type: the manifest forbids it: it grants get there; to allow it, add to the plugin's grants: "
        "hooks: { \"*\": [create] }");
}

TEST_CASE("an operation is allowed by the grants of its type or of every type, and otherwise denied with the line to add") {
  Grants grants;
  grants.resources = {{"note", actions::read}, {"*", Action::create}};
  CHECK(check_operation(grants, Action::get, "note").has_value());
  CHECK(check_operation(grants, Action::create, "task").has_value());
  CHECK(message_of(check_operation(grants, Action::remove, "task")) ==
        "delete of type 'task': the manifest forbids it: it grants create there; to allow it, add to the plugin's grants: "
        "resources: { task: [delete] }");
  CHECK(message_of(check_operation({}, Action::get, "note")).find("it grants nothing there") != std::string::npos);
}

TEST_CASE("publishing and subscribing are held to the metadata and to the grants") {
  Grants grants;
  grants.publish = {"audit.written"};
  grants.subscribe = {"order.*"};
  CHECK(check_publish(declaring(), grants, "audit.written").has_value());
  CHECK(message_of(check_publish(declaring(), grants, "audit.lost")) ==
        "publish \"audit.lost\": the manifest forbids it: it grants \"audit.written\"; to allow it, add to the plugin's grants: "
        "publish: [\"audit.lost\"]");
  CHECK(message_of(check_publish(declaring(), everything(), "order.paid")).find("metadata forbids it: it declares \"audit.*\"") !=
        std::string::npos);
  CHECK(check_subscribe(declaring(), grants, "order.paid").has_value());
  CHECK_FALSE(check_subscribe(declaring(), grants, "order.>").has_value());
}

TEST_CASE("everything that a plugin needs and is not granted is listed at once") {
  Metadata metadata;
  metadata.needs.resources = {{"note", actions::write}, {"task", Action::get}};
  metadata.needs.publish = {"audit.*"};
  Grants grants;
  grants.resources = {{"note", Action::create}, {"*", Action::get}};
  CHECK(message_of(check_needs(metadata, grants)) ==
        "wanted every grant that the plugin's metadata says it needs, found some missing; add to the plugin's grants: "
        "resources: { note: [update, modify, patch] }, publish: [\"audit.*\"]");
  grants.resources["note"] = actions::full;
  grants.publish = {"*"};
  CHECK(check_needs(metadata, grants).has_value());
}
