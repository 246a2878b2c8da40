// The notes of one segment of an ELF file (PT_NOTE), which may be hostile. Called by elf_file; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace backplane::plugin {

// The texts of the notes of owner "backplane", type 1, in the segment's order and without the zeros at their ends; they
// point into `bytes`. A segment aligned to 8 may hold notes that are padded to 4 and to 8, mixed: some linkers put them
// together. invalid_argument: the bytes cannot be read as notes from the first to the last.
base::Result<std::vector<std::string_view>> texts_of_notes(std::string_view bytes, std::uint64_t alignment);

}  // namespace backplane::plugin
