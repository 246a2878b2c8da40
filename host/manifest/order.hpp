// The order in which plugins stand in hook chains.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.hpp"
#include "manifest/settings.hpp"

namespace backplane::manifest {

// Indexes into `plugins`: every before and after holds, and among the plugins that may come next the one that stands first
// in the manifest does. Constraints on plugins that are not there hold. The ids differ from each other.
// invalid_argument: a cycle; the message names it ("a -> b -> a": each must come before the next).
base::Result<std::vector<std::size_t>> order_of(const std::vector<PluginSettings>& plugins);

// The plugins of one cycle, each of which must come before the next and the last before the first; empty: there is none.
std::vector<std::size_t> cycle_in(const std::vector<PluginSettings>& plugins);

}  // namespace backplane::manifest
