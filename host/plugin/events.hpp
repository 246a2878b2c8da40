// The publishing that plugins ask the host for: declared here, where the border is, and filled in by the layer that holds the bus.
#pragma once

#include <backplane/events.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "plugin/operations.hpp"

namespace backplane::plugin {

class Instance;

// What a publisher waits for. The values are those of the ABI.
enum class Promise : std::uint32_t { queued = BP_PROMISE_QUEUED, memory = BP_PROMISE_MEMORY, durable = BP_PROMISE_DURABLE };

struct Published {
  std::uint64_t position = 0;  // 0: not in the log, or not yet
  bool known = false;          // the log knew the event's id: nobody was called
};

class PluginEvents {
 public:
  virtual ~PluginEvents() = default;

  // Publishes the event, which is complete but for its position, and returns when its sync subscribers have been called
  // and the promise holds. The plugin's grants were checked. What nobody keeps is left behind, for the next one; else
  // `event` is null.
  virtual base::Result<Published> publish(const Cause& cause, std::shared_ptr<model::Event>& event,
                                          Promise promise) = 0;

  // Tells of one of the plugins ("quarantined") by an event of the host's own, without waiting: plugin.<what> with {"plugin", "version",
  // "generation"}.
  virtual void announce(std::string_view what, const Instance& instance) = 0;

  // Whether there is an event log: what durable subscriptions and promises need.
  virtual bool has_log() const = 0;

  virtual base::UtcTime now() const = 0;
  virtual base::JsonLimits payload_limits() const = 0;
};

// What the rest of the host does for its plugins.
struct Services {
  PluginOperations& operations;
  PluginEvents& events;
};

}  // namespace backplane::plugin
