// A file read piece by piece, every piece checked against its size: what elf_file reads through. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace backplane::plugin {

class RandomAccessFile {
 public:
  // not_found: it cannot be opened. invalid_argument: not a regular file.
  static base::Result<RandomAccessFile> open(const std::filesystem::path& file);

  ~RandomAccessFile();
  RandomAccessFile(RandomAccessFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  RandomAccessFile& operator=(RandomAccessFile&&) = delete;

  std::uint64_t size() const { return size_; }

  // `what` lies within the file. invalid_argument: it does not; the message says how far it reaches.
  base::Result<void> check_range(std::string_view what, std::uint64_t offset, std::uint64_t size) const;

  // The bytes at offset. invalid_argument: they reach beyond the end.
  base::Result<std::string> read(std::string_view what, std::uint64_t offset, std::uint64_t size) const;

  // `count` values of a plain type at offset, under the same conditions.
  template <class T>
  base::Result<std::vector<T>> read_table(std::string_view what, std::uint64_t offset, std::uint64_t count) const {
    static_assert(std::is_trivially_copyable_v<T>);
    BACKPLANE_CHECK(check_table(what, offset, count, sizeof(T)));
    std::vector<T> table(count);
    BACKPLANE_CHECK(fill(what, offset, table.data(), count * sizeof(T)));
    return table;
  }

  template <class T>
  base::Result<T> read_one(std::string_view what, std::uint64_t offset) const {
    BACKPLANE_TRY(const auto table, read_table<T>(what, offset, 1));
    return table.front();
  }

 private:
  RandomAccessFile(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  base::Result<void> check_table(std::string_view what, std::uint64_t offset, std::uint64_t count,
                                 std::uint64_t entry_size) const;
  base::Result<void> fill(std::string_view what, std::uint64_t offset, void* into, std::uint64_t size) const;

  int descriptor_;
  std::uint64_t size_;
};

}  // namespace backplane::plugin
