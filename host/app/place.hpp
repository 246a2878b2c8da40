// Where things lie: this program, the probe beside it, the template of a new plugin, the manifest that was meant.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace backplane::app {

// backplane-probe, beside this program.
std::filesystem::path probe_program();

// The folder that `plugin new` copies: share/backplane/template beside the installed program, else that of the sources
// this program was built from. not_found: neither is there.
base::Result<std::filesystem::path> plugin_template();

// The manifest as it was given; empty: ./backplane.yaml, then ./config/backplane.yaml, whichever there is. not_found: neither.
base::Result<std::filesystem::path> manifest_of(const std::string& given);

// A new folder for this process alone, removed with this object and all that is in it.
class TemporaryFolder {
 public:
  static base::Result<TemporaryFolder> make();
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace backplane::app
