// Brings a running host to what its manifest and its plugins' files say now: the manifest is read again as a whole, and
// the difference is applied plugin by plugin (plugin_switch.hpp). Everything is prepared before anything is changed: a
// manifest with a problem, or a plugin that does not load, changes nothing. One reload at a time, in turn; it runs on
// the thread that asks for it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/plugin_switch.hpp"
#include "manifest/difference.hpp"
#include "manifest/read.hpp"
#include "plugin/open_plugin.hpp"
#include "store/store.hpp"

namespace backplane::app {

// What is to be reloaded.
struct ReloadRequest {
  enum class What { everything, plugin, files };
  What what = What::everything;
  std::string plugin{};  // What::plugin: its id; it is reloaded even where nothing differs
  std::vector<std::filesystem::path>
      files{};           // What::files: libraries that may have changed; the manifest stays as it was read
  bool is_plan = false;  // only tell what would be done
};

// What became of one plugin.
struct PluginReload {
  std::string id;
  std::string change;                // "added", "removed", "changed", "moved"
  std::vector<std::string> reasons;  // the keys of the manifest that changed, "file": the library's content, "asked"
  std::uint64_t before = 0;          // generations; 0: none
  std::uint64_t after = 0;
  enum class Outcome { planned, done, failed, not_reached } outcome = Outcome::planned;
  SwitchCourse course{};
  std::vector<std::string> handlers{};  // see handler_changes()
  std::optional<base::Error> error{};
};

struct ReloadReport {
  std::vector<PluginReload> plugins;
  manifest::Difference difference;  // what the manifest says otherwise, all of it
  std::vector<manifest::Problem> problems;
  std::optional<base::Error> error;  // why nothing was changed, or not all
  std::chrono::microseconds took{};

  bool is_unchanged() const { return plugins.empty() && difference.empty() && !error; }
};

// {"outcome": "reloaded" | "unchanged" | "planned" | "failed", "took_ms", "plugins":
// [{"id","change","reasons","before","after","outcome",
// "gate_ms","steps":[{"step","took_ms"}],"handlers","old_code","state","error"}], "manifest": see manifest::to_json,
// "problems": [...], "error"}
base::Json to_json(const ReloadReport& report, bool is_plan);

// In the log: a line for each plugin, and what went wrong.
void log_reload(const ReloadReport& report);

class Reloader {
 public:
  struct Parts {
    PluginSwitch::Parts serving;
    store::Store& store;
    plugin::OpenPlaces places;
    plugin::Services services;
    std::function<manifest::Reading()> read_manifest;
    std::function<void(const manifest::Settings&)> apply_limits;  // those that are not the conductor's
  };
  Reloader(Parts parts, manifest::Settings running);

  // Does it, or tells what it would do. Its error is invalid_document where the manifest has problems, conflict where a
  // key changed that needs a restart; then nothing was changed, nor where a plugin could not be loaded.
  ReloadReport reload(const ReloadRequest& request);

  // The libraries of the plugins that are reloaded when their files change, or of all with the manifest. Any thread.
  enum class Files { watched, all };
  std::vector<std::filesystem::path> files_to_watch(Files files) const;
  const std::filesystem::path& manifest_file() const { return manifest_file_; }

  // Of the plugins whose last reload failed: why. Any thread.
  std::map<std::string, std::string> failures() const;

 private:
  struct Plan;
  base::Result<manifest::Settings> wanted(const ReloadRequest& request, ReloadReport& report) const;
  void find_changes(const ReloadRequest& request, Plan& plan, ReloadReport& report) const;
  base::Result<void> prepare(Plan& plan, ReloadReport& report);
  base::Result<void> check_room(const Plan& plan) const;
  base::Result<void> carry_out(Plan& plan, ReloadReport& report);
  base::Result<void> change_plugins(const Plan& plan, ReloadReport& report);
  base::Result<void> apply_rules(const manifest::Settings& next);
  base::Result<void> put_in_order(const Plan& plan);
  void tell_left_out(const ReloadReport& report) const;
  void remember_failures(const ReloadReport& report);

  const Parts parts_;
  const std::filesystem::path manifest_file_;
  mutable std::mutex reloading_;  // with running_
  manifest::Settings running_;  // what is in force, also where a reload ended on its way
  mutable std::mutex mutex_;
  std::map<std::string, std::string> failures_;
};

}  // namespace backplane::app
