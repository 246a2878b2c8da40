// A look at a file: cheap, at what the system says of it, to see whether it is being written; thorough, at its bytes,
// to see whether they are others than before.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace backplane::app {

// The same twice: nobody wrote in between, as far as the file system's clock tells.
struct Fingerprint {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const Fingerprint&) const = default;
};

// Of the file that the path leads to; none: there is no regular file.
std::optional<Fingerprint> fingerprint_of(const std::filesystem::path& file);

// Whether somebody has the file open for writing, or mapped so. Only the files of this process's own user tell; of
// others, no.
bool is_open_for_writing(const std::filesystem::path& file);

// Bytes by their number and a 64-bit hash, which holds within this process. All files that cannot be read are alike.
struct Content {
  enum class State { readable, unreadable };
  State state = State::readable;
  std::uint64_t size_bytes = 0;
  std::uint64_t hash = 0;

  bool operator==(const Content&) const = default;
};

// None: there is no regular file. It is read, not mapped: it may be truncated meanwhile.
std::optional<Content> content_of(const std::filesystem::path& file);

}  // namespace backplane::app
