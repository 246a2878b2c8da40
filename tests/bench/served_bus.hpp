// A bus with plugins for the programs that measure it, without the operations: they ask for none.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/assertion.hpp"
#include "events/bus.hpp"
#include "plugin/grants.hpp"
#include "plugin/private_copy.hpp"
#include "plugin/registry.hpp"
#include "plugin/watchdog.hpp"

namespace backplane::bench {

class NoOperations final : public plugin::PluginOperations {
 public:
  base::Result<plugin::PluginReply> operate(const std::string&, const plugin::Cause&, plugin::PluginRequest) override {
    return base::Error{base::Code::unsupported, "a benchmark"};
  }
  base::Result<void> check_enlisted(const plugin::PluginRequest&) override { return base::ok(); }
};

class ServedBus {
 public:
  // `log` may be null: there is none. The directory is for the plugins' private copies.
  ServedBus(const std::filesystem::path& directory, store::Store* log, base::WorkerPool::Size workers)
      : directory_(directory), pool_(workers), bus_({}, log, clock_, pool_) {}
  ServedBus(const ServedBus&) = delete;
  ServedBus& operator=(const ServedBus&) = delete;
  ~ServedBus() {
    BACKPLANE_ASSERT(bus_.close(std::chrono::steady_clock::now() + std::chrono::seconds(60)).busy == 0);
    static_cast<void>(bus_.set_plugins({}));
    watchdog_.reset();
    if (registry_) registry_->stop();
    pool_.stop(std::chrono::seconds(5));
  }

  // Everything is granted. Once.
  void load(std::vector<manifest::PluginSettings> entries, std::chrono::milliseconds deadline) {
    for (manifest::PluginSettings& entry : entries) entry.grants = plugin::every_grant();
    std::filesystem::create_directories(directory_);
    BACKPLANE_ASSERT(plugin::prepare_run_directory(directory_).has_value());
    auto loaded = plugin::Registry::load(entries, deadline, {directory_, BACKPLANE_PROBE}, {operations_, bus_});
    if (!loaded) std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    BACKPLANE_ASSERT(loaded.has_value());
    registry_ = std::move(*loaded);
    BACKPLANE_ASSERT(registry_->start().has_value());
    watchdog_ = std::make_unique<plugin::Watchdog>(pool_, [this] { bus_.tick(); });
    BACKPLANE_ASSERT(bus_.set_plugins(registry_->instances()).has_value());
  }

  events::Bus& bus() { return bus_; }
  base::WorkerPool& pool() { return pool_; }
  plugin::Instance& plugin(std::size_t index) { return *registry_->instances()[index]; }

 private:
  const std::filesystem::path directory_;
  const base::SystemClock clock_;
  NoOperations operations_;
  base::WorkerPool pool_;
  events::Bus bus_;
  std::unique_ptr<plugin::Registry> registry_;
  std::unique_ptr<plugin::Watchdog> watchdog_;
};

}  // namespace backplane::bench
