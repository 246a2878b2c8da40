#include "http/event_query.hpp"

#include <algorithm>

#include "http/cloud_event.hpp"
#include "model/event_pattern.hpp"

namespace backplane::http {
namespace {

base::Error bad_parameter(std::string_view what, std::string_view wanted, std::string_view found) {
  return {base::Code::invalid_argument, std::string(what) + ": wanted " + std::string(wanted) + ", found " + base::quote_json(found)};
}

std::optional<std::string> text_of(const Call& call, std::string_view name) {
  const auto text = call.target.parameter(name);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

// A caller of a tenant sees that tenant's alone.
base::Result<std::optional<std::string>> tenant_of(const Call& call) {
  auto asked = text_of(call, "tenant");
  const std::string& own = call.caller.tenant;
  if (own.empty() || asked == own) return asked;
  if (!asked) return std::optional(own);
  return base::Error{base::Code::denied, "tenant: wanted that of the caller (" + own + "), found " + base::quote_json(*asked)};
}

}  // namespace

base::Result<std::uint64_t> number_of(const Call& call, std::string_view name, std::uint64_t fallback, std::uint64_t least,
                                      std::uint64_t most) {
  const auto text = call.target.parameter(name);
  if (!text) return fallback;
  const auto number = number_from(*text);
  if (number && *number >= least && *number <= most) return *number;
  return bad_parameter(
      name, "a number from " + std::to_string(least) + (most == largest_number ? "" : " to " + std::to_string(most)),
      *text);
}

base::Result<void> check_operator(const Call& call, std::string_view what) {
  if (call.caller.tenant.empty()) return base::ok();
  return base::Error{base::Code::denied, std::string(what) + ": wanted a caller without a tenant, found one of " + base::quote_json(call.caller.tenant)};
}

base::Result<std::optional<base::UtcTime>> time_of(const Call& call, std::string_view name) {
  const auto text = call.target.parameter(name);
  if (!text) return std::optional<base::UtcTime>();
  auto time = base::from_rfc3339(*text);
  if (!time) return base::within(name, std::move(time).error());
  return std::optional(*time);
}

base::Result<EventSelection> read_selection(const Call& call) {
  EventSelection selection;
  store::EventQuery& query = selection.query;
  if (const auto type = call.target.parameter("type")) {
    if (auto good = model::check_event_pattern(*type); !good) return base::within("type", std::move(good).error());
    query.pattern = *type;
  }
  BACKPLANE_TRY(query.tenant, tenant_of(call));
  query.actor = text_of(call, "actor");
  query.key = text_of(call, "key");
  BACKPLANE_TRY(query.since, time_of(call, "since"));
  BACKPLANE_TRY(query.until, time_of(call, "until"));
  BACKPLANE_TRY(query.after, number_of(call, "after", 0, 0, largest_number));
  BACKPLANE_TRY(const std::uint64_t before, number_of(call, "before", largest_number, 1, largest_number));
  query.up_to = before - 1;
  if (const auto order = call.target.parameter("order")) {
    if (order != "oldest" && order != "newest") return bad_parameter("order", "oldest or newest", *order);
    if (order == "newest") selection.order = EventOrder::newest_first;
  }
  if (const auto format = call.target.parameter("format")) {
    if (format != "event" && format != "cloudevent") return bad_parameter("format", "event or cloudevent", *format);
    if (format == "cloudevent") selection.form = EventForm::cloud_event;
  }
  BACKPLANE_TRY(const std::uint64_t limit, number_of(call, "limit", selection.limit, 1, largest_number));
  selection.limit = std::min<std::uint64_t>(limit, most_events_of_page);
  return selection;
}

// Payloads are kept as they came: line breaks between their tokens are white space like any other.
std::string to_text(const model::Event& event, EventForm form) {
  std::string text = form == EventForm::cloud_event ? to_cloud_event(event) : model::to_text(event);
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace backplane::http
