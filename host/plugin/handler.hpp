// The functions of a plugin that the host calls, as the plugin registered them: hooks around operations, subscriptions to events.
#pragma once

#include <backplane/events.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/action.hpp"
#include "plugin/delivery_counts.hpp"

namespace backplane::plugin {

class Instance;
class OperationContext;
class EventContext;

// What both kinds have.
struct Handler {
  Instance* instance = nullptr;
  std::string name;
  void* user_data = nullptr;
  std::chrono::microseconds deadline{};
};

// A handler of operations and when it is to be called.
struct Hook : Handler {
  using Context = OperationContext;

  std::uint32_t phases = 0;        // bits of model::Phase
  model::ActionSet actions;
  std::vector<std::string> types;  // empty: every type
  bp_handler_fn function = nullptr;
};

// The values are those of the ABI.
enum class Mode : std::uint32_t { sync = BP_SYNC, background = BP_BACKGROUND, durable = BP_DURABLE };
std::string_view name_of(Mode mode);  // "sync" ...
enum class Order : std::uint32_t { by_key = BP_ORDER_KEY, strict = BP_ORDER_STRICT, none = BP_ORDER_NONE };
enum class Replays : std::uint32_t { skipped = BP_SKIP_REPLAYS, taken = BP_TAKE_REPLAYS };
enum class From : std::uint32_t { now = 0, beginning = 1 };

// A handler of events and which ones.
struct Subscription : Handler {
  using Context = EventContext;

  std::string pattern;
  Mode mode = Mode::sync;
  Order order = Order::by_key;
  Replays replays = Replays::skipped;
  From from = From::now;
  std::uint32_t most_attempts = 0;  // 0: as the manifest says
  bp_event_fn function = nullptr;
  std::shared_ptr<DeliveryCounts> counts = std::make_shared<DeliveryCounts>();
};

// "handler 'check' of plugin 'title-check'", for messages.
std::string described(const Handler& handler);

}  // namespace backplane::plugin
