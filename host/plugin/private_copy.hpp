// The host's own copy of a plugin's file. What is loaded is never the file that people build and install: overwriting
// that one in place would change code under the running host, and the same path opened twice is the same library.
// Copies lie in the run directory, "<plugin-id>.<generation>-<pid>.so", so that debuggers and profilers tell the
// generations apart. Any thread; one object belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace backplane::plugin {

// Makes the directory (mode 0700) if need be and removes the copies that hosts no longer running left behind: those
// whose lock nobody holds. storage: it cannot be made or read, is not the host's own, or is mounted noexec.
base::Result<void> prepare_run_directory(const std::filesystem::path& directory);

// Whether both files can be read and have the same bytes.
bool has_same_bytes(const std::filesystem::path& one, const std::filesystem::path& other);

// A copy, locked as in use and removed from the directory with this object.
class PrivateCopy {
 public:
  // not_found: no such file. invalid_argument: not a regular file. conflict: it changed while it was copied
  // (a build is still writing it), or the copy's name is in use. storage: the copy cannot be written.
  // The messages do not name `source`; the caller does.
  static base::Result<PrivateCopy> make(const std::filesystem::path& source, const std::filesystem::path& directory,
                                        std::string_view plugin_id, std::uint64_t generation);

  ~PrivateCopy();
  PrivateCopy(PrivateCopy&& other) noexcept
      : path_(std::exchange(other.path_, {})), descriptor_(std::exchange(other.descriptor_, -1)) {}
  PrivateCopy& operator=(PrivateCopy&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Leaves the file and its lock in place until the process ends; a later host removes it.
  void keep() &&;

 private:
  PrivateCopy(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  static base::Result<PrivateCopy> make_empty(const std::filesystem::path& path);

  std::filesystem::path path_;
  int descriptor_;  // holds the lock
};

}  // namespace backplane::plugin
