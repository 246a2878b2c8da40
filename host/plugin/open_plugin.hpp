// From a manifest entry to an open library with its table of functions, in named steps:
//
//   copy      the host's own copy of the file
//   file      a whole library for this machine, with the one export and no STB_GNU_UNIQUE
//   metadata  what the note inside it says
//   abi       made for this host's major version, and this host offers what the metadata requires
//   grants    the manifest grants what the metadata says the plugin needs
//   config    satisfies the plugin's own schema
//   trial     loads, and its entry returns, in a process of its own
//   open      loads here
//   entry     its table can be used
//
// Up to `trial` none of its code runs, up to `open` none in this process. Used at start-up, for a reload and by
// `plugin check`. An error's message begins "plugin '<id>': step <step>: <file>: "; its `plugin` is the id. After an error
// nothing has changed: the copy is gone and the library closed. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "plugin/library.hpp"
#include "plugin/metadata.hpp"

struct bp_plugin;

namespace backplane::plugin {

struct Candidate {
  const manifest::PluginSettings* settings = nullptr;  // outlives the call
  std::uint64_t generation = 1;                        // differs from every other one of this plugin's, open or parked
};

struct OpenPlaces {
  std::filesystem::path run_directory;  // see prepare_run_directory
  std::filesystem::path probe;          // the program backplane-probe
  std::chrono::milliseconds trial_deadline{10'000};  // for one plugin
};

struct OpenedPlugin {
  Metadata metadata;
  Library library;
  const bp_plugin* table;              // valid as long as the library is loaded; create and destroy are there
  std::chrono::microseconds load_time; // that its static constructors and the loader took in the trial
  std::vector<std::string> remarks;    // for the log, no errors: a newer minor version, unknown members, a slow load ...
};

base::Result<OpenedPlugin> open_plugin(const Candidate& candidate, const OpenPlaces& places);

// Without the step trial: for a process that is a trial itself.
base::Result<OpenedPlugin> open_untried(const Candidate& candidate, const std::filesystem::path& run_directory);

// Opens each of them independently, with one trial process for all in the good case. The answers are in the order of the
// candidates.
std::vector<base::Result<OpenedPlugin>> open_plugins(std::span<const Candidate> candidates, const OpenPlaces& places);

}  // namespace backplane::plugin
