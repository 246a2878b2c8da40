#include "store/sqlite/log_file.hpp"

#include <sqlite3.h>

#include <memory>
#include <new>
#include <vector>

namespace backplane::store::sqlite {
namespace {

// The VFS for Unix looks at no more than the last 17 bits of a size.
constexpr std::size_t most_gathered = (std::size_t{1} << 17u) - 1;

// Ours in front, the system's right behind it in the same memory.
struct LogFile {
  sqlite3_file base;
  bool gathers;
  sqlite3_int64 offset;  // of what is gathered
  std::vector<unsigned char> gathered;
};

LogFile& ours(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
sqlite3_file* under(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<LogFile*>(file) + 1);
}

// A write that fails takes with it all that was gathered: the transaction that it was for fails.
int write_gathered(sqlite3_file* file) {
  LogFile& self = ours(file);
  if (self.gathered.empty()) return SQLITE_OK;
  const int result = under(file)->pMethods->xWrite(under(file), self.gathered.data(),
                                                   static_cast<int>(self.gathered.size()), self.offset);
  self.gathered.clear();
  return result;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  LogFile& self = ours(file);
  if (!self.gathers) return under(file)->pMethods->xWrite(under(file), bytes, size, offset);
  const bool goes_on = offset == self.offset + static_cast<sqlite3_int64>(self.gathered.size());
  if (!goes_on || self.gathered.size() + static_cast<std::size_t>(size) > most_gathered)
    if (const int result = write_gathered(file); result != SQLITE_OK) return result;
  if (self.gathered.empty()) self.offset = offset;
  const auto* const begin = static_cast<const unsigned char*>(bytes);
  self.gathered.insert(self.gathered.end(), begin, begin + size);
  return SQLITE_OK;
}

// Everything else looks at the file, or goes straight on to it: what was gathered is written before.
template <auto method, class... Arguments>
int after_writing(sqlite3_file* file, Arguments... arguments) {
  if (const int result = write_gathered(file); result != SQLITE_OK) return result;
  return (under(file)->pMethods->*method)(under(file), arguments...);
}

int close(sqlite3_file* file) {
  const int written = write_gathered(file), closed = under(file)->pMethods->xClose(under(file));
  std::destroy_at(&ours(file));
  return written != SQLITE_OK ? written : closed;
}

using Methods = sqlite3_io_methods;
template <auto method>
int ask(sqlite3_file* file) {
  return (under(file)->pMethods->*method)(under(file));
}

constexpr Methods methods = {
    1,
    close,
    after_writing<&Methods::xRead, void*, int, sqlite3_int64>,
    write,
    after_writing<&Methods::xTruncate, sqlite3_int64>,
    after_writing<&Methods::xSync, int>,
    after_writing<&Methods::xFileSize, sqlite3_int64*>,
    after_writing<&Methods::xLock, int>,
    after_writing<&Methods::xUnlock, int>,
    after_writing<&Methods::xCheckReservedLock, int*>,
    after_writing<&Methods::xFileControl, int, void*>,
    ask<&Methods::xSectorSize>,
    ask<&Methods::xDeviceCharacteristics>,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

}  // namespace

std::size_t log_file_bytes() { return sizeof(LogFile); }

int open_log_file(sqlite3_vfs* system, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  const int result = system->xOpen(system, name, under(file), flags, flags_out);
  if (result != SQLITE_OK) return result;
  new (file) LogFile{};
  file->pMethods = &methods;
  return SQLITE_OK;
}

void gather_log_writes(sqlite3* connection) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&file)) != SQLITE_OK)
    return;
  if (file != nullptr && file->pMethods == &methods) ours(file).gathers = true;
}

}  // namespace backplane::store::sqlite
