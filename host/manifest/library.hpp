// Finds the shared library of a plugin.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace backplane::manifest {

// `library` with a slash in it is a path, relative to `folder`. Otherwise it is a name: audit_log is libaudit_log.so
// (audit_log.dll on Windows), the first one in `dirs`. Returns an absolute path to an existing file. not_found: "wanted ...,
// found ...", with what was looked at and a near miss.
base::Result<std::filesystem::path> find_library(const std::string& library, const std::filesystem::path& folder,
                                                 const std::vector<std::filesystem::path>& dirs);

}  // namespace backplane::manifest
