// backplane event query: what the event log has, a line each, or as JSON.
#include <ostream>

#include "app/ask.hpp"
#include "app/event_line.hpp"
#include "app/event_request.hpp"

namespace backplane::app {
namespace {

using base::Json;

std::string event_query_target(const EventQueryOptions& options) {
  http::RequestTarget target("/v1/events");
  add_filter(target, options.filter);
  if (!options.since.empty()) target.query("since", options.since);
  if (!options.until.empty()) target.query("until", options.until);
  add_number(target, "after", options.after);
  add_number(target, "before", options.before);
  add_number(target, "limit", options.all ? 1000 : options.limit);
  if (options.newest) target.query("order", "newest");
  if (options.cloud_events) target.query("format", "cloudevent");
  return target.text();
}

}  // namespace

ExitCode carry_out(const EventQueryOptions& options, Context& context) {
  EventQueryOptions page = options;
  std::ostream& out = context.console.out;
  const bool as_json = context.output.json || options.cloud_events;
  if (as_json && !options.all) return ask_and_print(context, {.target = event_query_target(options)});
  for (;;) {
    const auto [answer, code] = ask(context, {.target = event_query_target(page)});
    if (!answer) return code;
    for (const Json& event : (*answer)["items"])
      out << (as_json ? base::to_text(event) : event_line(event, colors_for(context.console))) << '\n';
    const Json next = (*answer)["next"];
    if (next.is_null()) return ExitCode::done;
    if (!options.all) {
      context.console.err << "there are more: go on with " << (options.newest ? "--before " : "--after ") << next << '\n';
      return ExitCode::done;
    }
    (options.newest ? page.before : page.after) = next.get<std::uint64_t>();
  }
}

}  // namespace backplane::app
