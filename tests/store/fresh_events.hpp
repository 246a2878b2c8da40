// Short words for what the tests do with the event log and with deliveries.
#pragma once

#include <string>
#include <vector>

#include "store/fresh_store.hpp"

namespace backplane::store::testing {

// An event that is full of values made from its id; the test changes what matters to it.
model::Event event(std::string id, std::string type = "order.paid");

// A unit of events alone, at `time`.
UnitOfWork publishing(std::vector<model::Event> events, std::int64_t time = 1);

// Commits it and gives what was appended; all must succeed.
std::vector<Appended> publish(Store& store, std::vector<model::Event> events, std::int64_t time = 1);

// Publishes `count` events e<from>, e<from+1>, ... one at each microsecond from `from` on.
void publish_many(Store& store, std::uint64_t from, std::uint64_t count);

// What a query finds, forwards (and backwards, which must be the same turned around).
std::vector<model::Event> events(Store& store, const EventQuery& query = {});
// How far retention has come.
std::uint64_t removed_up_to(Store& store);
// Their ids, with spaces between them.
std::string ids(Store& store, const EventQuery& query = {});

// Keeps progress and waits for it.
base::Result<void> keep(Store& store, Progress progress);

}  // namespace backplane::store::testing
