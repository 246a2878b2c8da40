// The lock file beside the database: one host at a time has the database, and the next one learns from it whether this one
// closed it in order.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"

namespace backplane::store::sqlite {

class FileLock {
 public:
  // Takes the lock of `database`. unavailable: somebody has it (the message says which process); storage: the lock file
  // cannot be made. The lock ends with the object, or with the process.
  static base::Result<std::unique_ptr<FileLock>> take(const std::filesystem::path& database);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // Whether the last holder closed the database in order and nobody changed the file since then (by its size and time).
  bool was_closed_in_order() const { return closed_in_order_; }

  // Notes that the database was closed in order, as the file is now.
  void note_closed();

 private:
  FileLock(int descriptor, std::filesystem::path database) : descriptor_(descriptor), database_(std::move(database)) {}
  base::Result<void> write(const std::string& text);

  int descriptor_;
  std::filesystem::path database_;
  bool closed_in_order_ = false;
};

}  // namespace backplane::store::sqlite
