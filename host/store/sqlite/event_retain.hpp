// Removes the oldest events of the log. Inside a transaction of the writer's.
#pragma once

#include "store/event_log.hpp"
#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

// See EventLog::retain.
base::Result<Retained> retain_events(Connection& connection, const Retention& retention, base::UtcTime now);

}  // namespace backplane::store::sqlite
