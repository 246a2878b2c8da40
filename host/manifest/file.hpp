// Reading the files that a manifest consists of or names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace backplane::manifest {

enum class Readers { anybody, not_everybody };

// The content of a regular file of at most `most` bytes; never waits (as for a pipe). Errors are invalid_argument:
// "wanted ..., found ..." without the file's name. Readers::not_everybody refuses a file that all users of the machine
// may read.
base::Result<std::string> read_file(const std::filesystem::path& path, std::size_t most, Readers readers = Readers::anybody);

}  // namespace backplane::manifest
