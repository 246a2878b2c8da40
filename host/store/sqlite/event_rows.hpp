// Events as rows: their columns, and how they are read and bound.
#pragma once

#include <cstdint>

#include "model/event.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"

namespace backplane::store::sqlite {

// For SELECT: what EventRow reads, in its order.
#define BACKPLANE_EVENT_COLUMNS                                                                              \
  "position, id, type, tenant, actor, source, time, recorded_at, depth, key, correlation_id, causation_id, " \
  "subject, payload"

// Reads one row after another into the same event, so that a long read makes no strings anew.
class EventRow {
 public:
  EventRow(Connection& connection, Names& names) : connection_(connection), names_(names) {}

  base::Result<const model::Event*> read(const Statement& row);
  model::Event take() { return std::move(event_); }

 private:
  base::Result<void> read_name(const Statement& row, int column, std::int64_t& last, std::string& into);

  Connection& connection_;
  Names& names_;
  model::Event event_;
  std::int64_t type_ = 0, tenant_ = 0, actor_ = 0, source_ = 0;  // the numbers of what the event holds
};

// What an event takes in the log, roughly.
std::uint64_t bytes_of(const model::Event& event);
std::uint64_t bytes_of_row(const Statement& row);  // of BACKPLANE_EVENT_COLUMNS

}  // namespace backplane::store::sqlite
