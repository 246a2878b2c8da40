// The frames of a dump: one line each, "xxxxxxxx {json}\n", where xxxxxxxx is the CRC-32C (Castagnoli) of the JSON text. See
// transfer.hpp for what is in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/store.hpp"

namespace backplane::operation {

std::string frame_of(std::string_view json);

// The JSON text of a line without its line break. invalid_argument: malformed, or the checksum differs (the message has both).
base::Result<std::string_view> json_of_frame(std::string_view line);

// A resource with its history as the JSON of a frame, and back. A frame holds the times, actors, numbers and documents of
// every revision; the tenant is the loader's.
std::string to_frame_json(const store::Scanned& scanned);
base::Result<store::Scanned> from_frame_json(std::string_view json, const std::string& tenant, const base::JsonLimits& limits);

}  // namespace backplane::operation
