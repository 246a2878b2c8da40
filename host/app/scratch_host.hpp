// One build of a plugin in a host of its own, on scratch data, in a process of its own: what it answers to each step of
// a script. The clock of that host shows the time of each step.
#pragma once

#include <filesystem>
#include <vector>

#include "app/rehearsal_script.hpp"
#include "app/scratch_data.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"

namespace backplane::app {

struct Scratch {
  manifest::Settings settings;      // data_dir: empty, for this build alone
  manifest::PluginSettings plugin;  // the one that is rehearsed: among those of the settings
  const std::vector<TenantDump>& dumps;
  const std::vector<Step>& script;  // at least one step
};

// For each step {"answer" or "error","deliveries","events"}: what a caller is answered, "<plugin>/<subscription>":
// {"delivered","failed"} of what it set off, and [{"event_type","source","payload"}] that came into the log; members
// that are empty are left out. "unsettled": true where events were still under way after ten seconds.
//
// Called while the process has one thread. Errors: those of Host::start; plugin_fault: the build ended the process,
// with the step.
base::Result<std::vector<base::Json>> perform(const Scratch& scratch);

}  // namespace backplane::app
