// Tells when sources below a folder have changed: what `backplane run --dev` builds from. A sibling of FileWatch for
// whole trees, with the same promises on threads and lifetime.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "app/file_watch.hpp"
#include "base/result.hpp"

namespace backplane::app {

// Sources are told by their names (see source_name.hpp). Folders below that are hidden, that CMake builds in, or that
// are named here are left out; symbolic links below the folder are not followed.
struct SourceTree {
  std::filesystem::path folder;                 // need not exist yet
  std::vector<std::filesystem::path> except{};  // such as the build folder
};

class SourceWatch {
 public:
  virtual ~SourceWatch() = default;

  // From now on these trees, instead of those before, with the folders that come to be in them. A source is told when
  // it is new, its bytes are others than before, or it is gone. An error names what is too many: folders, or the
  // system's watches; the trees before are watched still.
  virtual base::Result<void> watch(std::vector<SourceTree> trees) = 0;
};

struct SourceWatchOptions {
  SettleTimes times{};
  std::size_t most_folders = 8192;  // in all trees together
};

// The paths that `changed` is called with lie below `folder` as it was given.
base::Result<std::unique_ptr<SourceWatch>> watch_sources(FilesChanged changed, SourceWatchOptions options = {});

}  // namespace backplane::app
