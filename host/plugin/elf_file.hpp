// What a shared library says about itself, read without running or mapping any of it: a file may be
// half-written, hostile or no library at all. Used before every load, by `plugin inspect` and `plugin check`.
// Everything is found the way the loader finds it, by the program headers, so a file without section table is
// read as well. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace backplane::plugin {

struct ElfFile {
  std::vector<std::string> exports;  // defined, global or weak, visible; sorted; the linker's own marks left out
  std::vector<std::string> unique;   // STB_GNU_UNIQUE: one instance per process, which no unload removes; sorted
  std::vector<std::string> notes;    // the texts of the notes of owner "backplane", type 1; the first 8
  std::vector<std::string> needed;   // the libraries it is linked against
  std::string run_path;              // where it has them looked for; "$ORIGIN" is the folder of the loaded copy
};

// Reads and checks the file. Errors, each with what was wanted and what was found, and without the file's name,
// which the caller puts before it:
//   not_found         no such file, or it may not be read
//   invalid_argument  not a regular file; not a shared library; cut off or damaged: a header, table or segment
//                     reaches beyond the end of the file
//   unsupported       built for another machine
//   too_large         more than 1 MiB of notes
base::Result<ElfFile> read_elf(const std::filesystem::path& file);

}  // namespace backplane::plugin
