// Tells when files have changed: the libraries of plugins that are reloaded by themselves, and the manifest. The
// interface is what another platform fills; on Linux inotify does, which does not see what another machine changes on a
// network file system. Nothing is polled: while nothing happens, nothing runs.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"

namespace backplane::app {

// How long a file must have been left alone before it counts as finished.
struct SettleTimes {
  std::chrono::milliseconds quiet{100};    // after a write whose end was not seen
  std::chrono::milliseconds finished{20};  // after its writer closed it, or a rename put it there
  std::chrono::milliseconds held{2000};    // more, while somebody has it open for writing still
};

// Called on the watch's own thread with the files that have changed and settled, as they were named to the watch; never
// twice at once. It may call watch(), but must not destroy the watch.
using FilesChanged = std::function<void(std::vector<std::filesystem::path> changed)>;

class FileWatch {
 public:
  // Returns when no call of `changed` is under way; none follows.
  virtual ~FileWatch() = default;

  // From now on these files, instead of those before; those that stay keep what is known of them. What a new one holds
  // now counts as known: watch a file before you read it. A file need not exist yet, nor its folder; a path may be, or
  // lead over, symbolic links. After an error the files before are watched still. Any thread; a call of `changed` under
  // way may still name a file from before.
  //
  // A file is told when its bytes are others than those told last (or first seen): neither a touch nor a rebuild with
  // the same result is news. A deleted file is told once it is there again, with other bytes; one that cannot be read
  // is told, so that whoever reads it says why. What was told may be written again at once, and is then told again: the
  // last state always is.
  virtual base::Result<void> watch(std::vector<std::filesystem::path> files) = 0;
};

base::Result<std::unique_ptr<FileWatch>> watch_files(FilesChanged changed, SettleTimes times = {});

}  // namespace backplane::app
