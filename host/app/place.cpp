#include "app/place.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "app/version.hpp"

namespace backplane::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Result;

fs::path program_folder() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

fs::path probe_program() { return program_folder() / "backplane-probe"; }

Result<fs::path> plugin_template() {
  const fs::path installed = program_folder().parent_path() / "share" / "backplane" / "template";
  std::error_code error;
  for (const fs::path& folder : {installed, fs::path(template_of_sources)})
    if (fs::is_directory(folder, error)) return folder;
  return Error{Code::not_found, "the template of a new plugin: wanted the folder " + installed.string() + " or " +
                                    std::string(template_of_sources) + ", found neither"};
}

Result<fs::path> manifest_of(const std::string& given) {
  if (!given.empty()) return fs::path(given);
  std::error_code error;
  for (const char* name : {"backplane.yaml", "config/backplane.yaml"})
    if (fs::exists(name, error)) return fs::path(name);
  return Error{Code::not_found, "no manifest: wanted ./backplane.yaml or ./config/backplane.yaml, found neither in " +
                                    fs::current_path(error).string()};
}

Result<TemporaryFolder> TemporaryFolder::make() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "backplane-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr)
    return Error{Code::storage, "cannot make a temporary folder: " + (error ? error.message() : std::strerror(errno))};
  return TemporaryFolder(pattern);
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace backplane::app
