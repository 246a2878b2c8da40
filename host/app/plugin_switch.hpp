// One plugin's generation gives way to the next, while the host serves. Whatever fails leaves or restores the old one.
//
//   durable    its durable subscriptions come to a stop
//   drain      its gate is closed: who comes waits, who is inside leaves
//   stop       the old generation's stop(), and its state by save()
//   load       the state is given to the new one
//   start      the new generation's start()
//   publish    operations and events go to the new one; the gate is opened
//   keep       the state is written to disk, for a restart after a crash (or when neither generation starts)
//   destroy    the old generation's destroy(), and its code is unloaded or parked
//
// An old one with a function that did not return in time is not called any more: neither here nor by those who come. The next
// switch puts a new generation in its place, with the state that was saved last.
//
// Generations that may overlap have no gate to wait at: start and publish come first, then drain, stop and destroy.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "events/bus.hpp"
#include "manifest/settings.hpp"
#include "operation/conductor.hpp"
#include "plugin/registry.hpp"

namespace backplane::app {

// A plugin that is replaced (both are there), added or removed.
struct PluginChange {
  std::shared_ptr<plugin::Instance> before;  // or null
  std::shared_ptr<plugin::Instance> after;   // created, not started; or null
  plugin::Instances plugins;                 // all that there are then, in their order
};

struct SwitchLimits {
  std::chrono::microseconds drain{};
  std::chrono::microseconds stop{};
  std::size_t max_state = 0;
};

// What it came to, step by step.
struct SwitchStep {
  std::string name;
  std::chrono::microseconds took;
};
struct SwitchCourse {
  std::vector<SwitchStep> steps;
  std::chrono::microseconds gate{};  // how long it was closed
  std::string
      old_code;  // what became of the old generation: "closed", "parked: <why>", or empty: there is none, or it goes on
  std::string state;  // where the new one's is from, when the old one could not be asked for it; else empty
};

class PluginSwitch {
 public:
  struct Parts {
    plugin::Registry& registry;
    operation::Conductor& conductor;
    events::Bus& bus;
    std::filesystem::path data_dir;
  };

  PluginSwitch(Parts parts, PluginChange change, const SwitchLimits& limits);

  // Does it, on this thread. An error has the step's name, and the plugins are those that they were.
  base::Result<void> run();

  const SwitchCourse& course() const { return course_; }

 private:
  using Clock = std::chrono::steady_clock;

  template <class F>
  auto step(const char* name, F function);
  base::Result<void> add();
  base::Result<void> overlap();
  base::Result<void> replace();
  base::Result<void> drain();
  base::Result<void> stop_before();
  base::Result<void> start_after();
  base::Result<void> publish();
  base::Result<void> read_last_state();
  void end_after();
  void serve_on();
  base::Error restore(base::Error why);
  void keep_state();
  void let_go();
  base::Error failed(const char* step, base::Code code, std::string text) const;

  Parts parts_;
  PluginChange change_;
  SwitchLimits limits_;
  SwitchCourse course_;
  plugin::Instances plugins_before_;
  std::optional<plugin::SavedState> state_;
  Clock::time_point closed_at_{};
};

}  // namespace backplane::app
