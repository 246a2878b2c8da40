// The third pass: what one part of the manifest says about another.
#pragma once

#include "manifest/settings.hpp"
#include "manifest/source.hpp"

namespace backplane::manifest {

// Ids and types that occur twice, names of plugins and types that are not there, limits that contradict each other, cycles
// in the order, libraries that are not found. Fills in PluginSettings::library_path and where. The elements of
// `settings` are those of `sources`, in their order.
void check_references(const std::vector<Source>& sources, Settings& settings, Problems& problems);

}  // namespace backplane::manifest
