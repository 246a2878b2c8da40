// The write-ahead log as a file of the VFS (page_scrub.hpp). SQLite writes it in pieces, two for each page; here they
// are gathered and written at once, before the sync that makes the commit durable: a batch costs one call to the system
// instead of dozens. Only for the connection that asks for it: it must sync at every commit (synchronous = FULL), since
// before that nobody else sees what was gathered.
#pragma once

#include <cstddef>

struct sqlite3;
struct sqlite3_file;
struct sqlite3_vfs;

namespace backplane::store::sqlite {

// What it takes in front of the system's file.
std::size_t log_file_bytes();

// xOpen of a write-ahead log by the system's VFS, with ours in front.
int open_log_file(sqlite3_vfs* system, const char* name, sqlite3_file* file, int flags, int* flags_out);

// The connection gathers from now on. Nothing happens when its log is not open.
void gather_log_writes(sqlite3* connection);

}  // namespace backplane::store::sqlite
