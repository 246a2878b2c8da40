// Loads libraries in a process of their own first: a static constructor or an entry that crashes, throws, exits or
// never returns is found there. Used by open_plugin. Any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace backplane::plugin {

// Tries the files in this order, all in one process as long as nothing goes wrong and in a new one after each that does not
// survive. deadline: for one file. The answers are in the order of the files: how long its loading took, or
//   plugin_fault  it did not load, or ended or blocked the process: how, in which step, and what it wrote
//   unavailable   the probe itself does not run
// The messages do not name the file; the caller does.
std::vector<base::Result<std::chrono::microseconds>> trial_load(const std::filesystem::path& probe,
                                                                std::span<const std::filesystem::path> files,
                                                                std::chrono::milliseconds deadline);

}  // namespace backplane::plugin
