#include "app/dump_frames.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "app/json_text.hpp"
#include "base/json.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;

constexpr std::size_t digits = 8;
constexpr std::string_view resource_begin = R"({"resource":)";
constexpr std::string_view end_begin = R"({"end":)";

// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78, a byte at a time.
std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t byte = 0; byte < made.size(); ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1u) ^ ((value & 1u) != 0 ? 0x82f63b78u : 0u);
      made[byte] = value;
    }
    return made;
  }();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) crc = (crc >> 8u) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xffu];
  return ~crc;
}

}  // namespace

Result<void> DumpFrames::take(std::string_view bytes) {
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    if (rest_.empty()) {
      BACKPLANE_CHECK(take_line(bytes.substr(0, end)));
    } else {
      rest_ += bytes.substr(0, end);
      BACKPLANE_CHECK(take_line(rest_));
      rest_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  rest_ += bytes;
  return base::ok();
}

Result<void> DumpFrames::take_line(std::string_view line) {
  ++frames_;
  const auto damaged = [this](const std::string& why) {
    return Error{Code::invalid_document, "frame " + std::to_string(frames_) + " of the dump: " + why};
  };
  if (ended_) return damaged("wanted nothing after the last frame, found one more");
  std::uint32_t wanted = 0;
  const auto [after, error] = std::from_chars(line.data(), line.data() + std::min(digits, line.size()), wanted, 16);
  if (line.size() < digits + 1 || error != std::errc() || after != line.data() + digits || line[digits] != ' ')
    return damaged("wanted eight hexadecimal digits, a space and JSON, found \"" + std::string(line.substr(0, 40)) + "\"");
  const std::string_view json = line.substr(digits + 1);
  if (crc32c(json) != wanted) return damaged("its checksum is wrong");
  if (json.starts_with(resource_begin)) {
    ++resources_;
    last_ = json;
  } else if (json.starts_with(end_begin)) {
    ended_ = true;
    end_ = json;
  }
  return base::ok();
}

Result<void> DumpFrames::finish() const {
  if (!ended_)
    return Error{Code::unavailable, "the dump is not whole: it ended after " + std::to_string(resources_) +
                                        " resources without its last frame"};
  const std::string_view counted = member_of(member_of(end_, "end"), "resources");
  if (counted != std::to_string(resources_))
    return Error{Code::unavailable, "the dump is not whole: its last frame counts " + std::string(counted) +
                                        " resources, found " + std::to_string(resources_)};
  return base::ok();
}

std::string DumpFrames::last_resource() const {
  const std::string_view resource = member_of(last_, "resource");
  const auto text = [&](std::string_view name) {
    const Json value = Json::parse(member_of(resource, name), nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  return last_.empty() ? std::string() : text("type") + "/" + text("id");
}

}  // namespace backplane::app
