// A plugin's whole life, as the host leads it but with nothing behind the host's table: what the plugin asks resources for is
// answered unavailable. Used by backplane-probe, whose process ends with it. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "manifest/settings.hpp"

namespace backplane::plugin {

// Opens, creates, starts, stops, destroys and closes it; `begin` is called with the name of each step before that. The first
// error ends it, and what was made is left as it is: the process must end without destructors.
base::Result<void> live(const manifest::PluginSettings& settings, const std::filesystem::path& run_directory,
                        const std::function<void(const std::string& step)>& begin);

}  // namespace backplane::plugin
