// Leads a plugin through its whole life in a process of its own (see life.hpp), where a create, start, stop or destroy that crashes,
// fails or never returns does no harm. Used by `plugin check`, after open_plugin has found the file good. Any thread.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "plugin/open_plugin.hpp"

namespace backplane::plugin {

// Each step may take places.trial_deadline. The plugin is granted whatever it asks for. Errors: plugin_fault, with the message
// "plugin '<id>': step <open, create, start, stop, destroy or close>: <file>: " and why; unavailable: the probe itself does not run.
base::Result<void> trial_life(const manifest::PluginSettings& settings, const OpenPlaces& places);

}  // namespace backplane::plugin
