// The calls of an event's sync subscribers, one after another, each isolated: whatever becomes of one, the others are
// called, and the publisher does not learn of it. Each has its own deadline, all of them together have none: an event
// reaches all that it matches.
#pragma once

#include <chrono>

#include <memory>
#include <vector>

#include "base/task.hpp"
#include "events/table.hpp"
#include "plugin/call.hpp"

namespace backplane::events {

// Events have no budget: each of their handlers has its deadline.
inline constexpr auto no_end = std::chrono::steady_clock::time_point::max();

// On the way of a coroutine. The context keeps the table.
base::Task<bool> call_sync(plugin::Passage& passage, const Subscribers& subscribers,
                           std::shared_ptr<plugin::EventContext> context);

// On this thread, until all were called. `inside`: serial plugins whose turn this thread has. The caller holds the
// table (see CallSlot::hold), of which the lineup is. True: nobody kept the context.
bool call_sync_here(const Table& table, const plugin::Lineup& lineup, std::shared_ptr<plugin::EventContext>& context,
                    base::WorkerPool& pool, const std::vector<const plugin::Instance*>& inside);

}  // namespace backplane::events
