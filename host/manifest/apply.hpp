// The second pass: checks a file against the table of keys (schema.hpp) and puts its values into Settings.
#pragma once

#include <span>

#include "manifest/schema.hpp"
#include "manifest/source.hpp"

namespace backplane::manifest {

// Every member of the source's root that is not in `keys`, or not as its key says, is a problem. Keys that are absent
// and have a default get it. An element of a list of sections is appended even when something in it is wrong, so that
// elements and nodes correspond.
void apply(std::span<const Key> keys, const Source& source, Settings& settings, Problems& problems);

}  // namespace backplane::manifest
