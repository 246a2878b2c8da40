#include "store/sqlite/page_scrub.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "base/assertion.hpp"
#include "store/sqlite/file_map.hpp"
#include "store/sqlite/log_file.hpp"

namespace backplane::store::sqlite {
namespace {

constexpr const char* vfs_name = "backplane-page-scrub";

// A main database file: ours in front, the system's right behind it in the same memory.
struct File {
  sqlite3_file base;
  sqlite3_int64 bytes;  // the file's size, as far as seen
  std::shared_ptr<FileMap> map;
};

File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

sqlite3_file* under(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

// Most methods go straight on.
template <auto method, class... Arguments>
int forward(sqlite3_file* file, Arguments... arguments) {
  return (under(file)->pMethods->*method)(under(file), arguments...);
}

void shm_barrier(sqlite3_file* file) { under(file)->pMethods->xShmBarrier(under(file)); }

int close(sqlite3_file* file) {
  const int result = under(file)->pMethods->xClose(under(file));
  std::destroy_at(&ours(file));
  return result;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  File& self = ours(file);
  self.bytes = std::max(self.bytes, offset + size);
  const bool whole_page = size >= 512 && (size & (size - 1)) == 0 && offset % size == 0;
  if (!whole_page || static_cast<std::size_t>(self.bytes / size) > most_scrubbed_pages)
    return under(file)->pMethods->xWrite(under(file), bytes, size, offset);
  thread_local std::vector<unsigned char> page;
  page.resize(static_cast<std::size_t>(size));
  std::memcpy(page.data(), bytes, page.size());
  scrub_page(page, offset == 0 ? 100 : 0);
  return under(file)->pMethods->xWrite(under(file), page.data(), size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 bytes) {
  const int result = under(file)->pMethods->xTruncate(under(file), bytes);
  if (ours(file).map) ours(file).map->set_bytes(0);  // how much is left is asked again
  return result;
}

// The map is ours: the system's VFS would make one for each connection, and anew after each commit.
int file_control(sqlite3_file* file, int operation, void* argument) {
  if (operation == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
  return under(file)->pMethods->xFileControl(under(file), operation, argument);
}

// Without a map SQLite reads.
int fetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** memory) {
  FileMap* const map = ours(file).map.get();
  *memory = map == nullptr ? nullptr : map->at(offset, size);
  if (*memory != nullptr || map == nullptr) return SQLITE_OK;
  sqlite3_int64 bytes = 0;
  if (under(file)->pMethods->xFileSize(under(file), &bytes) != SQLITE_OK) return SQLITE_OK;
  map->set_bytes(bytes);
  *memory = map->at(offset, size);
  return SQLITE_OK;
}
int unfetch(sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; }

using Methods = sqlite3_io_methods;
constexpr Methods methods = {
    3,
    close,
    forward<&Methods::xRead, void*, int, sqlite3_int64>,
    write,
    truncate,
    forward<&Methods::xSync, int>,
    forward<&Methods::xFileSize, sqlite3_int64*>,
    forward<&Methods::xLock, int>,
    forward<&Methods::xUnlock, int>,
    forward<&Methods::xCheckReservedLock, int*>,
    file_control,
    forward<&Methods::xSectorSize>,
    forward<&Methods::xDeviceCharacteristics>,
    forward<&Methods::xShmMap, int, int, int, void volatile**>,
    forward<&Methods::xShmLock, int, int, int>,
    shm_barrier,
    forward<&Methods::xShmUnmap, int>,
    fetch,
    unfetch,
};

// On Unix the one that keeps the database for this process alone: the index of its log then lies in the process's memory, and a
// read costs no system call for its locks. The host is the only one to open its store anyway.
sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* const exclusive = sqlite3_vfs_find("unix-excl");
  static sqlite3_vfs* const found = exclusive != nullptr ? exclusive : sqlite3_vfs_find(nullptr);
  return found;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* const system = system_vfs();
  if ((flags & SQLITE_OPEN_WAL) != 0) return open_log_file(system, name, file, flags, flags_out);
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return system->xOpen(system, name, file, flags, flags_out);
  file->pMethods = nullptr;
  const int result = system->xOpen(system, name, under(file), flags, flags_out);
  if (result != SQLITE_OK) return result;
  auto* const self = new (file) File{};
  const sqlite3_io_methods* const real = under(file)->pMethods;
  const int sized = real->xFileSize(under(file), &self->bytes);
  if (sized != SQLITE_OK || real->iVersion < 2) {
    close(file);
    return sized != SQLITE_OK ? sized : SQLITE_CANTOPEN;
  }
  self->map = FileMap::of(name);
  file->pMethods = &methods;
  return SQLITE_OK;
}

std::size_t big_endian_16(const unsigned char* at) { return static_cast<std::size_t>(at[0] << 8u | at[1]); }

}  // namespace

// https://www.sqlite.org/fileformat.html, "B-tree Pages": kind, first free block, number of cells (2 bytes at 3),
// start of the cells' content (2 bytes at 5, 0 for 65536), then the cells' pointers of 2 bytes each. Between those and
// the content nothing is stored.
void scrub_page(std::span<unsigned char> page, std::size_t header) {
  constexpr unsigned char interior_index = 2, interior_table = 5, leaf_index = 10, leaf_table = 13;
  if (page.size() < header + 12) return;
  const unsigned char* const at = page.data() + header;
  const bool interior = at[0] == interior_index || at[0] == interior_table;
  if (!interior && at[0] != leaf_index && at[0] != leaf_table) return;
  const std::size_t pointers_end = header + (interior ? 12 : 8) + 2 * big_endian_16(at + 3);
  std::size_t content = big_endian_16(at + 5);
  if (content == 0) content = 65536;
  if (pointers_end >= content || content > page.size()) return;
  std::memset(page.data() + pointers_end, 0, content - pointers_end);
}

const char* page_scrub_vfs() {
  static const bool registered = [] {
    BACKPLANE_ASSERT(sqlite3_initialize() == SQLITE_OK);
    static sqlite3_vfs vfs = *system_vfs();
    vfs.pNext = nullptr;
    vfs.zName = vfs_name;
    vfs.szOsFile = static_cast<int>(std::max(sizeof(File), log_file_bytes())) + system_vfs()->szOsFile;
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  BACKPLANE_ASSERT(registered);
  return vfs_name;
}

}  // namespace backplane::store::sqlite
