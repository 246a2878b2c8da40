#include "app/dump_frames.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "operation/frame.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;

constexpr std::string_view resource_begin = R"({"resource":)";
constexpr std::string_view end_begin = R"({"end":)";

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
    return Error{Code::storage, "frame " + std::to_string(frames_) + " of the dump is damaged: " + why};
  };
  if (ended_) return damaged("wanted nothing after the last frame, found one more");
  const auto checked = operation::json_of_frame(line);
  if (!checked) return damaged(checked.error().message);
  const std::string_view json = *checked;
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
  const std::string_view counted = base::member_of(base::member_of(end_, "end"), "resources");
  if (counted != std::to_string(resources_))
    return Error{Code::unavailable, "the dump is not whole: its last frame counts " + std::string(counted) +
                                        " resources, found " + std::to_string(resources_)};
  return base::ok();
}

std::string DumpFrames::last_resource() const {
  const std::string_view resource = base::member_of(last_, "resource");
  const auto text = [&](std::string_view name) {
    const Json value = Json::parse(base::member_of(resource, name), nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  return last_.empty() ? std::string() : text("type") + "/" + text("id");
}

}  // namespace backplane::app
