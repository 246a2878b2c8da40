// The data of a rehearsal: a dump of the running host, taken back to the time at which the recorded operations began,
// so that they can be done once more. It is as near as a history tells: a purged resource is gone, a draft has the
// document that it was modified to, and what was deleted or restored since then stands undeleted.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "store/store.hpp"

namespace backplane::app {

struct TenantDump {
  std::string tenant;
  std::filesystem::path file;  // whole: its frames were verified
};

// The resource as it was before `time`; nothing: it was not there.
std::optional<store::Scanned> taken_back(store::Scanned scanned, base::UtcTime time);

// Loads the dumps, taken back, into the empty data_dir of the settings, with no plugin there. Leaves no thread behind.
base::Result<void> fill_scratch(manifest::Settings settings, const std::vector<TenantDump>& dumps, base::UtcTime time);

}  // namespace backplane::app
