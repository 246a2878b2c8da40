// A query of the event log as SQL: which part of it, by which index. The reader's connection, in its snapshot.
#pragma once

#include <optional>
#include <string>

#include "store/event_log.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/query.hpp"

namespace backplane::store::sqlite {

enum class Direction { forward, backward };

// BACKPLANE_EVENT_COLUMNS of what matches, in order; nothing when nothing can match. invalid_argument: a wrong pattern.
base::Result<std::optional<Query>> event_query(Connection& connection, Names& names, const EventQuery& query,
                                               Direction direction);

// The numbers of the types that a pattern matches, with commas between them. invalid_argument: it is none.
base::Result<std::string> types_list(Connection& connection, const std::string& pattern);

}  // namespace backplane::store::sqlite
