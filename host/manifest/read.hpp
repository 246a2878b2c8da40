// Reads a manifest into Settings. Used by the host at start and at a reload, and by `backplane check`.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "manifest/prepare.hpp"
#include "manifest/problem.hpp"
#include "manifest/settings.hpp"

namespace backplane::manifest {

// Either settings, or all that is wrong.
struct Reading {
  std::optional<Settings> settings;
  std::vector<Problem> problems;   // to_text() and to_json_text() make them readable
};

// The variables of this process.
std::optional<std::string> process_environment(const std::string& name);

// Reads the manifest, the files that it includes, the schemas and secrets that it names, and looks for the plugins'
// libraries. Nothing is loaded, written or run. Any thread; depends on nothing but the files and the environment.
Reading read_manifest(const std::filesystem::path& file, const Environment& environment = process_environment);

// What an empty manifest stands for, paths relative to the current folder.
Settings default_settings();

}  // namespace backplane::manifest
