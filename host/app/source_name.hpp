// Which files and folders of a source tree matter to a build, by their names alone.
#pragma once

#include <string_view>

namespace backplane::app {

// C and C++ sources and headers, and what CMake reads. Hidden files (an editor's) are none.
bool is_source_name(std::string_view name);

// Folders that hold no sources: hidden ones, and CMake's own.
bool is_sourceless_name(std::string_view name);

}  // namespace backplane::app
