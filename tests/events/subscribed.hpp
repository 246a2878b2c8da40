// A host with the fixture `subscriber`, and events published to it.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "operation/rig.hpp"
#include "support/gate.hpp"

namespace backplane::tests {

// One subscription of the fixture: {"name":"a","pattern":"order.*","mode":"sync",...}.
inline std::string subscription(const std::string& name, const std::string& pattern, const std::string& mode,
                                const std::string& more = {}) {
  return R"({"name":")" + name + R"(","pattern":")" + pattern + R"(","mode":")" + mode + "\"" + (more.empty() ? "" : "," + more) + "}";
}

// The fixture with these subscriptions, which may subscribe and publish all, and records what it is given.
inline Plug subscriber(const Rig& rig, const std::vector<std::string>& subscriptions, const std::string& id = "subscriber",
                       const std::string& more = {}) {
  std::string all;
  for (const std::string& one : subscriptions) all.append(all.empty() ? "" : ",").append(one);
  return {.fixture = "subscriber",
          .config = rig.recording("\"subscriptions\":[" + all + "]" + (more.empty() ? "" : "," + more)),
          .adjust =
              [](manifest::PluginSettings& entry) {
                entry.grants.publish = {"*"};
                entry.grants.subscribe = {"*"};
                entry.grants.resources["note"] = model::actions::full;
              },
          .id = id};
}

inline model::Event event(const std::string& type, const std::string& key = {}) {
  static std::atomic<int> count{0};
  model::Event made;
  made.id = "e-" + std::to_string(++count);
  made.type = type;
  made.key = key;
  made.actor = "ann";
  made.source = "test";
  made.time = base::SystemClock().now();
  made.correlation_id = made.id;
  return made;
}

// Publishes from outside of any handler, and returns when publish does.
inline base::Result<plugin::Published> publish(Rig& rig, model::Event given,
                                               plugin::Promise promise = plugin::Promise::queued) {
  auto event = std::make_shared<model::Event>(std::move(given));
  return rig.bus().publish(plugin::Cause{}, event, promise);
}

}  // namespace backplane::tests
