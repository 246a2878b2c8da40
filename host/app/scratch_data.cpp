#include "app/scratch_data.hpp"

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/host.hpp"
#include "app/place.hpp"
#include "operation/frame.hpp"
#include "operation/transfer.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

// The lines of a dump, each taken back: what a load reads.
class TakenBackFrames {
 public:
  TakenBackFrames(const TenantDump& dump, base::UtcTime time)
      : file_(dump.file, std::ios::binary), tenant_(dump.tenant), time_(time) {}

  // The next frame; nothing at the end.
  Result<std::optional<std::string>> next() {
    std::string line;
    while (std::getline(file_, line)) {
      BACKPLANE_TRY(const auto json, operation::json_of_frame(line));
      BACKPLANE_TRY(auto frame, frame_from(json));
      if (!frame.empty()) return std::optional(std::move(frame));
    }
    return std::optional<std::string>();
  }

 private:
  // Empty: there was no such resource.
  Result<std::string> frame_from(std::string_view json) {
    if (json.starts_with(R"({"end":)"))
      return operation::frame_of(base::to_text({{"end", {{"resources", resources_}}}}));
    if (!json.starts_with(R"({"resource":)")) return operation::frame_of(json);
    BACKPLANE_TRY(auto scanned, operation::from_frame_json(json, tenant_, {json.size(), 1024}));
    const auto before = taken_back(std::move(scanned), time_);
    if (!before) return std::string();
    ++resources_;
    return operation::frame_of(operation::to_frame_json(*before));
  }

  std::ifstream file_;
  const std::string& tenant_;
  const base::UtcTime time_;
  std::uint64_t resources_ = 0;
};

}  // namespace

std::optional<store::Scanned> taken_back(store::Scanned scanned, base::UtcTime time) {
  model::Resource& resource = scanned.resource;
  if (resource.created_at >= time) return {};
  if (resource.updated_at < time) return scanned;
  std::vector<model::Revision>& others = scanned.revisions;
  std::erase_if(others, [&](const model::Revision& revision) { return revision.created_at >= time; });
  if (resource.current.created_at >= time) {
    if (others.empty()) return {};
    resource.current = std::move(others.back());
    others.pop_back();
  }
  resource.deleted = false;
  resource.updated_at = resource.current.updated_at;
  resource.updated_by = resource.current.updated_by;
  return scanned;
}

Result<void> fill_scratch(manifest::Settings settings, const std::vector<TenantDump>& dumps, base::UtcTime time) {
  settings.plugins.clear();
  const base::ManualClock clock(time);
  BACKPLANE_TRY(const auto host, Host::start(std::move(settings), {.probe = probe_program(), .clock = &clock}));
  for (const TenantDump& dump : dumps) {
    TakenBackFrames frames(dump, time);
    operation::LoadRequest request;
    request.caller = {"rehearsal", dump.tenant};
    const auto loaded = host->transfers().load(
        request, [&] { return frames.next(); }, [](const operation::TransferTotals&) {});
    if (loaded.error) return base::within("the scratch copy of the store", *loaded.error);
  }
  host->stop();
  return base::ok();
}

}  // namespace backplane::app
