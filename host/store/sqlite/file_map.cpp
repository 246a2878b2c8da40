#include "store/sqlite/file_map.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <utility>

namespace backplane::store::sqlite {
namespace {

// Addresses alone are taken for it: they are good as soon as the file has grown to them. Larger files are read beyond
// it.
constexpr std::size_t most_mapped = std::size_t{1} << (sizeof(void*) == 8 ? 36u : 28u);

using FileNumber = std::pair<dev_t, ino_t>;

// Maps of files that are open. An entry whose map is gone is replaced by the next one of that file.
struct Maps {
  std::mutex mutex;
  std::map<FileNumber, std::weak_ptr<FileMap>> of_file;
};

Maps& maps() {
  static auto* const all = new Maps;  // lives on for those that close files while the process ends
  return *all;
}

char* map_file(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const memory = mmap(nullptr, most_mapped, PROT_READ, MAP_SHARED | MAP_NORESERVE, file, 0);
  close(file);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

}  // namespace

std::shared_ptr<FileMap> FileMap::of(const std::filesystem::path& path) {
  Maps& all = maps();
  const std::lock_guard lock(all.mutex);
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return nullptr;
  std::erase_if(all.of_file, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<FileMap>& entry = all.of_file[{found.st_dev, found.st_ino}];
  if (auto known = entry.lock()) return known;
  const std::shared_ptr<FileMap> made(new FileMap);
  made->memory_ = map_file(path);
  entry = made;
  return made;
}

FileMap::~FileMap() {
  if (memory_ != nullptr) munmap(memory_, most_mapped);
}

void* FileMap::at(std::int64_t offset, std::int64_t size) const {
  const std::int64_t end = offset + size;
  if (memory_ == nullptr || end > bytes_.load(std::memory_order_acquire) ||
      end > static_cast<std::int64_t>(most_mapped))
    return nullptr;
  return memory_ + offset;
}

}  // namespace backplane::store::sqlite
