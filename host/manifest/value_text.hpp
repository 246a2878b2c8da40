// A value of the manifest as a manifest would say it, for messages.
#pragma once

#include <optional>
#include <string>

#include "manifest/schema.hpp"

namespace backplane::manifest {

// "200ms", "64KiB", "[a, b]", "{ note: [create, get] }"; of a key that is absent what that means ("none", "no limit"). A JSON
// Schema is cut where it is long. A document (config) may hold secrets: it has no text.
std::string to_text(const Key& key, const std::optional<Value>& value);

}  // namespace backplane::manifest
