// What is rehearsed: operations that callers asked for and events that came from outside, in the order in which they
// came. Made from what the running host answers to GET /v1/recorded and GET /v1/events.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "operation/recorded.hpp"

namespace backplane::app {

struct Step {
  base::UtcTime time;
  std::variant<operation::Recorded, model::Event> what;
};

// "create note/x by ann", "event order.confirmed by shop"
std::string name_of(const Step& step);
const std::string& tenant_of(const Step& step);

// Which plugins run in a rehearsal: their events are set off again, those of others come from the log.
struct Cast {
  std::string plugin;
  bool others = false;  // they run as well
};

// The last `most` of both. `recorded` is a list, oldest first; `events` are the items of a page, in any order: those
// that the host publishes and those of the plugins that run are left out. A resource that got its id from the host has
// it from the start. invalid_argument: something that a host of this version does not write.
base::Result<std::vector<Step>> script_of(const base::Json& recorded, const base::Json& events, const Cast& cast,
                                          std::size_t most);

}  // namespace backplane::app
