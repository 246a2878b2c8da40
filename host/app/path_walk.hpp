// The way from the root to what a path names, as the kernel goes it: over every symbolic link. Each entry that is
// looked up on it is a place where a change makes the path lead elsewhere.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace backplane::app {

// Whether the path's last name is looked up here (again behind each link that it is), or one that leads there.
enum class Step { through, last };

// Called before the entry is looked at, so that a watch that it sets sees all that happens from the look on. The
// directory's own path has no links in it.
using VisitEntry = std::function<void(const std::filesystem::path& directory, const std::string& name, Step step)>;

// Ends where nothing is (yet), and at a loop of links. Returns the path without links of what is found at the end;
// empty: nothing is.
std::filesystem::path walk_path(const std::filesystem::path& absolute, const VisitEntry& visit);

}  // namespace backplane::app
