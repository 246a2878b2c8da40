// The plugins of this host, in the order in which their hooks run: loaded and started together, replaced one by one, stopped and
// destroyed in reverse order. Made and ended by the application's thread, changed by one at a time; the views are for any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "plugin/instance.hpp"
#include "plugin/open_plugin.hpp"

namespace backplane::plugin {

// A plugin that was left out: it is not required, and this is why it is not there.
struct LeftOut {
  std::string id;
  base::Error error;
};

using Instances = std::vector<std::shared_ptr<Instance>>;  // in the order of their hooks

// A generation that has a successor and is in memory all the same.
struct Parked {
  std::string id;
  std::uint64_t generation = 0;
  std::string why;
  std::uint64_t bytes = 0;  // of its code and data
};

class Registry {
 public:
  // Opens and creates the plugins, which are in the order of their hooks. The error of a required plugin ends it, and what was
  // made is destroyed again; others are logged and left out.
  static base::Result<std::unique_ptr<Registry>> load(const std::vector<manifest::PluginSettings>& plugins,
                                                      std::chrono::microseconds deadline, const OpenPlaces& places,
                                                      Services services);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();

  // Starts them in order, each after `prepare`. A required plugin that does not start ends it; others are left out.
  using Prepare = std::function<base::Result<void>(Instance&)>;
  base::Result<void> start(const Prepare& prepare = {});

  // Stops and lets go of them in reverse order; `stopped` is called for each in between. Of those with a thread inside nothing is
  // called. Returns the number of such threads, also in what was left behind.
  using Stopped = std::function<void(Instance&)>;
  std::size_t stop(const Stopped& stopped = {});

  Instances instances() const;
  std::shared_ptr<Instance> find(const std::string& id) const;  // or null
  std::vector<LeftOut> left_out() const;
  std::vector<Parked> parked() const;

  // ---- reloads; one at a time ----

  // The number of the next generation of this plugin: no other has it.
  std::uint64_t next_generation(const std::string& id);

  // The plugins that there are from now on, none of which is left out.
  void set_instances(Instances instances);

  // Why a plugin that was to come is not there; or that it is none that was left out any more.
  void set_left_out(std::vector<LeftOut> left_out);
  void add_parked(Parked parked);

  // One that is not served and has hung.
  void leave_behind(std::shared_ptr<Instance> instance);

 private:
  Registry() = default;
  base::Result<void> leave_out(const manifest::PluginSettings& settings, base::Error error);

  mutable std::mutex mutex_;
  Instances instances_;
  std::vector<LeftOut> left_out_;
  std::vector<Parked> parked_;
  Instances left_behind_;
  std::map<std::string, std::uint64_t> generations_;  // the last of each
};

}  // namespace backplane::plugin
