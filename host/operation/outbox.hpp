// The events of one operation: what the host says of its writes, and what its handlers enlisted. They are committed with the unit of
// work, or, with it, they are not.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "events/bus.hpp"
#include "operation/run.hpp"
#include "store/store.hpp"

namespace backplane::operation {

// Shared by the operation and its unit of work. The store's thread makes the events and completes them; the operation looks at them
// when its commit has been answered.
class Outbox {
 public:
  Outbox(events::Bus& bus, const Run& run);

  // Puts the events into a unit whose writes are complete.
  static void fill(const std::shared_ptr<Outbox>& outbox, store::UnitOfWork& unit);

  // On the store's thread, once the unit is committed: hands its events to the bus, in the order of commits.
  void committed(const store::Kept& kept);

  // Those that are new.
  const std::vector<events::SharedEvent>& events() const { return new_; }

 private:
  // The change that the main write is about to make, if nobody comes between.
  struct Foreseen {
    model::Version replaced;
    model::Document written;
    base::Json changes;
  };

  base::Json payload_of(const std::string& kind, const store::Committed& done) const;
  void make(const std::vector<store::Committed>& done);

  events::Bus& bus_;
  const plugin::OperationFacts facts_;
  const std::vector<model::Event> enlisted_;
  std::optional<Foreseen> foreseen_;
  std::vector<std::string> kinds_;           // what the host says of each write: "created" ...
  std::vector<model::Event> made_;           // the host's own, then the enlisted ones
  std::vector<events::SharedEvent> new_;
};

}  // namespace backplane::operation
