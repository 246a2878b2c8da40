#include "plugin/elf_file.hpp"

#include "support/catch.hpp"
