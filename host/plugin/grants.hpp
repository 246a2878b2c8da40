// Who may do what: pure checks of what a plugin asks for against its metadata (the most it may register) and against
// the manifest's grants. Asked when a plugin registers something and at each operation of its own; any thread.
// A refusal is `denied`; its message says which of the two forbids it and what to add to the manifest.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "plugin/metadata.hpp"

namespace backplane::plugin {

// Grants of whatever there is: for trying a plugin out.
manifest::Grants every_grant();

// May the plugin register this hook? No type stands for every type.
base::Result<void> check_hook(const Metadata& metadata, const manifest::Grants& grants, const HookRange& wanted);

// May the plugin ask the host for this action on this type?
base::Result<void> check_operation(const manifest::Grants& grants, model::Action action, std::string_view type);

// May the plugin publish this event type, or subscribe to this pattern?
base::Result<void> check_publish(const Metadata& metadata, const manifest::Grants& grants, std::string_view event_type);
base::Result<void> check_subscribe(const Metadata& metadata, const manifest::Grants& grants, std::string_view pattern);

// Do the grants hold everything that the metadata says the plugin needs? The message lists all that is missing.
base::Result<void> check_needs(const Metadata& metadata, const manifest::Grants& grants);

}  // namespace backplane::plugin
