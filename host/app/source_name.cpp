#include "app/source_name.hpp"

#include <algorithm>
#include <array>

namespace backplane::app {

bool is_source_name(std::string_view name) {
  static constexpr std::array<std::string_view, 10> endings{".c",  ".cc",  ".cpp", ".cxx", ".h",
                                                            ".hh", ".hpp", ".hxx", ".inl", ".cmake"};
  if (name.starts_with('.')) return false;
  return name == "CMakeLists.txt" ||
         std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_sourceless_name(std::string_view name) { return name.starts_with('.') || name == "CMakeFiles"; }

}  // namespace backplane::app
