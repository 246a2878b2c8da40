#include "plugin/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/checksum.hpp"
#include "plugin/descriptor.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;

// A file is a header and the state. Numbers are little-endian. The checksum is that of everything before it and after it.
constexpr std::string_view magic{"BPSTATE\x01", 8};
constexpr std::size_t schema_at = 8;
constexpr std::size_t size_at = 16;
constexpr std::size_t checksum_at = 24;
constexpr std::size_t header_bytes = 28;

std::string little_endian(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xffu);
  return text;
}

std::uint64_t number_in(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
  return value;
}

std::string header_of(const SavedState& state) {
  std::string header = std::string(magic) + little_endian(state.schema, 8) + little_endian(state.bytes.size(), 8);
  return header + little_endian(base::crc32c({header, state.bytes}), header_bytes - checksum_at);
}

// Empty: it went well.
std::string write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? system_reason() : "nothing was written";
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return "";
}

// So that a file that was made, renamed or moved in it is found there after a power failure.
Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (*descriptor < 0 || fsync(*descriptor) != 0) return storage_error(folder, "wanted to sync the folder, found: " + system_reason());
  return base::ok();
}

Result<void> make_folder(const std::filesystem::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  if (errno != EEXIST) return storage_error(folder, "wanted to make the folder, found: " + system_reason());
  return base::ok();
}

// A new file with the whole content, synced.
Result<void> write_new(const std::filesystem::path& file, const SavedState& state) {
  unlink(file.c_str());  // left by a host that ended while it wrote
  const Descriptor descriptor(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (*descriptor < 0) return storage_error(file, "wanted to make the file, found: " + system_reason());
  std::string failed = write_all(*descriptor, header_of(state));
  if (failed.empty()) failed = write_all(*descriptor, state.bytes);
  if (failed.empty() && fsync(*descriptor) != 0) failed = system_reason();
  if (failed.empty()) return base::ok();
  return storage_error(file, "wanted to write " + std::to_string(header_bytes + state.bytes.size()) + " bytes, found: " + failed);
}

Result<std::string> read_all(int descriptor, const std::filesystem::path& file, std::uint64_t size) {
  std::string content(static_cast<std::size_t>(size), '\0');
  std::size_t read_so_far = 0;
  while (read_so_far < content.size()) {
    const ssize_t bytes = read(descriptor, content.data() + read_so_far, content.size() - read_so_far);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return storage_error(file, "wanted to read it, found: " + system_reason());
    if (bytes == 0) break;
    read_so_far += static_cast<std::size_t>(bytes);
  }
  content.resize(read_so_far);
  return content;
}

// What is wrong with the content of a file; empty: nothing.
std::string damage_of(std::string_view content) {
  if (content.size() < header_bytes) return "wanted a header of " + std::to_string(header_bytes) + " bytes, found " + std::to_string(content.size());
  if (!content.starts_with(magic)) return "wanted the state of a plugin, found something else";
  const std::string_view bytes = content.substr(header_bytes);
  if (const auto size = number_in(content, size_at, 8); size != bytes.size())
    return "wanted a state of " + std::to_string(size) + " bytes, found " + std::to_string(bytes.size());
  if (number_in(content, checksum_at, 4) != base::crc32c({content.substr(0, checksum_at), bytes}))
    return "wanted what the checksum says, found something else";
  return "";
}

Error damaged(const std::filesystem::path& file, const std::string& damage) {
  const auto aside = set_state_aside(file);
  return storage_error(file, "damaged: " + damage + (aside ? "; set aside as " + aside->string() : "; " + aside.error().message));
}

}  // namespace

std::filesystem::path state_file_of(const std::filesystem::path& data_dir, std::string_view plugin_id) {
  return data_dir / "state" / plugin_id;
}

Result<void> write_state(const std::filesystem::path& file, const SavedState& state) {
  BACKPLANE_CHECK(make_folder(file.parent_path()));
  const std::filesystem::path fresh = file.string() + ".new";
  auto written = write_new(fresh, state);
  if (written && rename(fresh.c_str(), file.c_str()) != 0) written = storage_error(file, "wanted to rename " + fresh.string() + " to it, found: " + system_reason());
  if (!written) {
    unlink(fresh.c_str());
    return written;
  }
  return sync_folder(file.parent_path());
}

Result<std::optional<SavedState>> read_state(const std::filesystem::path& file, std::uint64_t most_bytes) {
  const Descriptor descriptor(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (*descriptor < 0 && errno == ENOENT) return std::optional<SavedState>();
  if (*descriptor < 0) return storage_error(file, "wanted to open it, found: " + system_reason());
  struct stat status {};
  if (fstat(*descriptor, &status) != 0) return storage_error(file, "wanted to read it, found: " + system_reason());
  if (!S_ISREG(status.st_mode)) return storage_error(file, "wanted a regular file, found another kind");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > header_bytes && size - header_bytes > most_bytes)
    return Error{Code::too_large, file.string() + ": wanted a state of at most " + std::to_string(most_bytes) + " bytes (reload.max_state), found " +
                                      std::to_string(size - header_bytes)};
  BACKPLANE_TRY(const std::string content, read_all(*descriptor, file, size));
  if (const std::string damage = damage_of(content); !damage.empty()) return damaged(file, damage);
  return std::optional(SavedState{number_in(content, schema_at, 8), content.substr(header_bytes)});
}

Result<std::filesystem::path> set_state_aside(const std::filesystem::path& file) {
  std::filesystem::path aside = file.string() + ".unusable";
  if (rename(file.c_str(), aside.c_str()) != 0) return storage_error(file, "wanted to set it aside as " + aside.string() + ", found: " + system_reason());
  BACKPLANE_CHECK(sync_folder(file.parent_path()));
  return aside;
}

}  // namespace backplane::plugin
