#include "plugin/grants.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/event_pattern.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;
using model::ActionSet;

// What is granted on a type: by its own entry and by the one for every type.
ActionSet granted(const manifest::ActionsByType& grants, const std::string& type) {
  ActionSet actions;
  if (const auto own = grants.find(type); own != grants.end()) actions = actions | own->second;
  if (const auto every = grants.find("*"); every != grants.end()) actions = actions | every->second;
  return actions;
}

// What the metadata declares for a phase of a type.
ActionSet declared(const Metadata& metadata, std::uint32_t phase, const std::string& type) {
  ActionSet actions;
  for (const HookRange& range : metadata.hooks) {
    const auto names = [&](const std::string& listed) { return listed == type || listed == "*"; };
    if ((range.phases & phase) != 0 && std::any_of(range.types.begin(), range.types.end(), names))
      actions = actions | range.actions;
  }
  return actions;
}

std::string shown_type(const std::string& type) { return type == "*" ? "every type" : "type '" + type + "'"; }

std::string or_nothing(ActionSet actions) { return actions.empty() ? "nothing" : to_string(actions); }

// `resources: { note: [create, get] }`: a line for the manifest.
std::string manifest_line(std::string_view section, const std::string& type, ActionSet actions) {
  return std::string(section) + ": { " + (type == "*" ? "\"*\"" : type) + ": [" + to_string(actions) + "] }";
}

Error beyond_metadata(const std::string& what, const std::string& declared_text) {
  return {Code::denied, what + ": the plugin's own metadata forbids it: it declares " + declared_text +
                            " (the plugin's author has to declare more)"};
}

Error beyond_grants(const std::string& what, const std::string& granted_text, const std::string& to_add) {
  return {Code::denied, what + ": the manifest forbids it: it grants " + granted_text + "; to allow it, add to the plugin's grants: " + to_add};
}

Result<void> check_hook_on_type(const Metadata& metadata, const manifest::Grants& grants, const HookRange& wanted,
                                const std::string& type) {
  for (std::size_t i = 0; i < model::phase_count; ++i) {
    const auto phase = static_cast<std::uint32_t>(model::phase_at(i));
    if ((wanted.phases & phase) == 0) continue;
    const ActionSet ceiling = declared(metadata, phase, type);
    const ActionSet missing = wanted.actions.without(ceiling);
    if (missing.empty()) continue;
    return beyond_metadata("hook " + phases_to_string(phase) + " " + to_string(missing) + " of " + shown_type(type),
                           or_nothing(ceiling) + " there");
  }
  const ActionSet allowed = granted(grants.hooks, type);
  const ActionSet missing = wanted.actions.without(allowed);
  if (missing.empty()) return base::ok();
  return beyond_grants("hook " + phases_to_string(wanted.phases) + " " + to_string(missing) + " of " + shown_type(type),
                       or_nothing(allowed) + " there", manifest_line("hooks", type, missing));
}

bool any_covers(const std::vector<std::string>& patterns, std::string_view narrow) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return model::covers(pattern, narrow); });
}

std::string listed(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns) text += (text.empty() ? "" : ", ") + base::quote_json(pattern);
  return text.empty() ? "nothing" : text;
}

Result<void> check_events(std::string_view verb, const std::vector<std::string>& ceiling,
                          const std::vector<std::string>& grants, std::string_view wanted) {
  const std::string what = std::string(verb) + " " + base::quote_json(wanted);
  if (!any_covers(ceiling, wanted)) return beyond_metadata(what, listed(ceiling));
  if (any_covers(grants, wanted)) return base::ok();
  return beyond_grants(what, listed(grants), std::string(verb) + ": [" + base::quote_json(wanted) + "]");
}

void add_missing(std::string_view section, const manifest::ActionsByType& needs, const manifest::ActionsByType& grants,
                 std::vector<std::string>& lines) {
  for (const auto& [type, actions] : needs) {
    const ActionSet missing = actions.without(granted(grants, type));
    if (!missing.empty()) lines.push_back(manifest_line(section, type, missing));
  }
}

void add_missing(std::string_view section, const std::vector<std::string>& needs, const std::vector<std::string>& grants,
                 std::vector<std::string>& lines) {
  std::vector<std::string> missing;
  for (const std::string& pattern : needs)
    if (!any_covers(grants, pattern)) missing.push_back(pattern);
  if (!missing.empty()) lines.push_back(std::string(section) + ": [" + listed(missing) + "]");
}

}  // namespace

manifest::Grants every_grant() {
  return {.resources = {{"*", model::actions::full}}, .hooks = {{"*", model::actions::full}}, .publish = {"*"}, .subscribe = {"*"}};
}

Result<void> check_hook(const Metadata& metadata, const manifest::Grants& grants, const HookRange& wanted) {
  if (wanted.types.empty()) return check_hook_on_type(metadata, grants, wanted, "*");
  for (const std::string& type : wanted.types) BACKPLANE_CHECK(check_hook_on_type(metadata, grants, wanted, type));
  return base::ok();
}

Result<void> check_operation(const manifest::Grants& grants, model::Action action, std::string_view type) {
  const std::string name(type);
  const ActionSet allowed = granted(grants.resources, name);
  if (allowed.contains(action)) return base::ok();
  return beyond_grants(std::string(name_of(action)) + " of " + shown_type(name), or_nothing(allowed) + " there",
                       manifest_line("resources", name, action));
}

Result<void> check_publish(const Metadata& metadata, const manifest::Grants& grants, std::string_view event_type) {
  return check_events("publish", metadata.publish, grants.publish, event_type);
}

Result<void> check_subscribe(const Metadata& metadata, const manifest::Grants& grants, std::string_view pattern) {
  return check_events("subscribe", metadata.subscribe, grants.subscribe, pattern);
}

Result<void> check_needs(const Metadata& metadata, const manifest::Grants& grants) {
  std::vector<std::string> lines;
  add_missing("resources", metadata.needs.resources, grants.resources, lines);
  add_missing("hooks", metadata.needs.hooks, grants.hooks, lines);
  add_missing("publish", metadata.needs.publish, grants.publish, lines);
  add_missing("subscribe", metadata.needs.subscribe, grants.subscribe, lines);
  if (lines.empty()) return base::ok();
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : ", ") + line;
  return Error{Code::denied, "wanted every grant that the plugin's metadata says it needs, found some missing; add to the plugin's grants: " + text};
}

}  // namespace backplane::plugin
