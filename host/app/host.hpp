// The whole host, wired: store, plugins, hooks, operations and HTTP made from checked settings, and taken down in
// reverse order. Used by `backplane run` and by the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/auto_reload.hpp"
#include "app/reload.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"

namespace backplane::operation {
class Operations;
class Transfers;
}  // namespace backplane::operation

namespace backplane::app {

struct HostOptions {
  std::filesystem::path probe{};  // the program that loads plugins on trial; empty: backplane-probe beside this program
  std::function<manifest::Reading()> read_manifest{};  // again, for a reload; empty: settings.file, as it is
  Reloader::Files watch = Reloader::Files::watched;    // what is reloaded by itself
  AutoReload::Told reloaded = log_reload;              // by itself
  const base::Clock* clock = nullptr;                  // outlives the host; null: the machine's
  std::size_t recorded = 0;                            // the last operations of callers that are kept, see Recorder
};

// What a shutdown left behind.
struct StopReport {
  std::size_t requests_cut_off = 0;  // HTTP requests that were not answered within the drain time
  std::size_t events_undelivered = 0;  // that waited in memory for background subscriptions
  std::size_t subscriptions_behind = 0;  // background ones for which more waits in the log: nobody comes back to it
  std::size_t stuck_threads = 0;     // threads that a plugin's handler did not give back: end the process by _exit
};

class Host {
 public:
  // Starts everything. Errors name the step and the thing; nothing is left behind. A plugin that does not load is
  // fatal when it is `required`, else logged and left out.
  static base::Result<std::unique_ptr<Host>> start(manifest::Settings settings, const HostOptions& options);

  // Stops, unless stop() was called.
  ~Host();

  std::uint16_t port() const;
  operation::Operations& operations();
  operation::Transfers& transfers();
  events::Bus& bus();

  // The views served over HTTP, as JSON.
  std::string plugins() const;
  base::Result<std::string> hooks(const std::string& action, const std::string& type) const;

  // See Reloader. Any thread; returns when it is done, with what became of it in the log.
  ReloadReport reload(const ReloadRequest& request);

  // Stops accepting, finishes what was accepted within the settings' drain time, stops and destroys the plugins in
  // reverse order, closes the store. Called once.
  StopReport stop();

 private:
  struct Parts;
  explicit Host(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace backplane::app
