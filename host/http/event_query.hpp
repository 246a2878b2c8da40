// Which events a request asks for, out of its query; and events as the text of an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "base/result.hpp"
#include "http/call.hpp"
#include "store/event_log.hpp"

namespace backplane::http {

enum class EventForm { envelope, cloud_event };
enum class EventOrder { oldest_first, newest_first };

struct EventSelection {
  store::EventQuery query{};
  EventOrder order = EventOrder::oldest_first;
  EventForm form = EventForm::envelope;
  std::size_t limit = 100;
};

inline constexpr std::size_t most_events_of_page = 1000;
inline constexpr std::uint64_t largest_number =
    std::numeric_limits<std::int64_t>::max();  // of a position, and of the store

// type, tenant, actor, key, since, until, after, before, order, format, limit. invalid_argument: one that is none.
base::Result<EventSelection> read_selection(const Call& call);

// The event in that form, as JSON without line breaks.
std::string to_text(const model::Event& event, EventForm form);

// A number of the query, or the fallback where it is not given. invalid_argument: not a number from `least` to `most`.
base::Result<std::uint64_t> number_of(const Call& call, std::string_view name, std::uint64_t fallback, std::uint64_t least,
                                      std::uint64_t most);

// What concerns the events of all tenants is not for a caller of one. denied: it names a tenant.
base::Result<void> check_operator(const Call& call, std::string_view what);

// The time of the query, where it is given.
base::Result<std::optional<base::UtcTime>> time_of(const Call& call, std::string_view name);

}  // namespace backplane::http
