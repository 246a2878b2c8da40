// The state that a plugin saved last, on disk: <data_dir>/state/<plugin id>, for the next start of the host. A file is there whole
// or not at all, whenever the host ends. Used by the one thread that loads and reloads a plugin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace backplane::plugin {

// What save() handed over, with the state_schema of the generation that it came from.
struct SavedState {
  std::uint64_t schema = 0;
  std::string bytes;

  bool operator==(const SavedState&) const = default;
};

std::filesystem::path state_file_of(const std::filesystem::path& data_dir, std::string_view plugin_id);

// Puts the state in the place of the one before it, which stays when this fails: a file beside it, synced, renamed. Readable by the
// host's user only, as is its folder, which is made when it is missing. storage: it could not be written, the disk is full; nothing is
// left behind.
base::Result<void> write_state(const std::filesystem::path& file, const SavedState& state);

// Nothing: there is none. storage: it cannot be read, or it is damaged (then it is set aside, and the message says where).
// too_large: more than `most_bytes`; it stays where it is.
base::Result<std::optional<SavedState>> read_state(const std::filesystem::path& file, std::uint64_t most_bytes);

// Moves a state that nobody can use out of the way, to <file>.unusable, in the place of one that lies there. The new path.
base::Result<std::filesystem::path> set_state_aside(const std::filesystem::path& file);

}  // namespace backplane::plugin
