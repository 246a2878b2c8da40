#include "manifest/library.hpp"

#include "manifest/problem.hpp"
#include "manifest/suggest.hpp"

namespace backplane::manifest {
namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr std::string_view prefix = "";
constexpr std::string_view suffix = ".dll";
#else
constexpr std::string_view prefix = "lib";
constexpr std::string_view suffix = ".so";
#endif

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::vector<std::string> libraries_in(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(dir, error), end; !error && at != end; at.increment(error)) {
    const std::string file = at->path().filename().string();
    if (file.size() > prefix.size() + suffix.size() && file.starts_with(prefix) && file.ends_with(suffix))
      names.push_back(file.substr(prefix.size(), file.size() - prefix.size() - suffix.size()));
  }
  return names;
}

}  // namespace

base::Result<fs::path> find_library(const std::string& library, const fs::path& folder, const std::vector<fs::path>& dirs) {
  const auto not_found = [](std::string message) { return base::Error{base::Code::not_found, std::move(message)}; };
  if (library.find_first_of("/\\") != std::string::npos) {
    fs::path path = (folder / library).lexically_normal();
    if (is_file(path)) return path;
    return not_found("wanted a shared library, found no file " + in_quotes(path.string()));
  }

  const std::string file = std::string(prefix).append(library).append(suffix);
  std::string looked_at;
  std::vector<std::string> others;
  for (const fs::path& dir : dirs) {
    if (is_file(dir / file)) return dir / file;
    std::error_code error;
    looked_at += (looked_at.empty() ? "" : ", ") + dir.string() + (fs::is_directory(dir, error) ? "" : " (no such folder)");
    for (std::string& name : libraries_in(dir)) others.push_back(std::move(name));
  }
  if (dirs.empty()) return not_found("wanted " + file + " in one of plugin_dirs, found no plugin_dirs");
  const auto near = nearest(library, others);
  return not_found("wanted " + file + " in one of plugin_dirs, found none in " + looked_at +
                   (near ? "; did you mean \"" + *near + "\"?" : ""));
}

}  // namespace backplane::manifest
