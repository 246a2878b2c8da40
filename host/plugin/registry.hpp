// The plugins of this host, in the order in which their hooks run: loaded and started together, stopped and destroyed in
// reverse order. Made and ended by the application's thread; the views are for any thread.
#pragma once

#include <filesystem>
#include <memory>
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

  // Starts them in order. A required plugin that does not start ends it; others are left out.
  base::Result<void> start();

  // Stops and lets go of them in reverse order. Returns the number of threads that are stuck inside.
  std::size_t stop();

  const std::vector<std::shared_ptr<Instance>>& instances() const { return instances_; }
  const std::vector<LeftOut>& left_out() const { return left_out_; }

 private:
  Registry() = default;
  base::Result<void> leave_out(const manifest::PluginSettings& settings, base::Error error);

  std::vector<std::shared_ptr<Instance>> instances_;
  std::vector<LeftOut> left_out_;
};

}  // namespace backplane::plugin
