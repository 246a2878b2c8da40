// The database file as memory that is read: one map for all connections to it, so that what one of them has looked at
// is there for the others, and a commit takes nothing out of it. The system keeps in memory what is used and takes the
// rest back when it needs room. Used by the VFS (page_scrub.hpp). Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace backplane::store::sqlite {

class FileMap {
 public:
  // The map of the file at `path`, the same one for all who have the file open. Where the system refuses it, it has
  // nothing to give. For a connection that has just been opened and holds no lock yet: the file is opened and closed
  // here, and with the first close of any descriptor of a file, a process loses its locks on it.
  static std::shared_ptr<FileMap> of(const std::filesystem::path& path);

  ~FileMap();
  FileMap(const FileMap&) = delete;
  FileMap& operator=(const FileMap&) = delete;

  // Where `size` bytes at `offset` are, or nullptr when they are not known to be in the file.
  void* at(std::int64_t offset, std::int64_t size) const;

  // The file has so many bytes now: what lies beyond must not be looked at.
  void set_bytes(std::int64_t bytes) { bytes_.store(bytes, std::memory_order_release); }

 private:
  FileMap() = default;

  char* memory_ = nullptr;
  std::atomic<std::int64_t> bytes_ = 0;  // of the file, as far as known
};

}  // namespace backplane::store::sqlite
