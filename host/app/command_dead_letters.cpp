// backplane event dead-letters list|show|redrive|discard
#include <ostream>

#include "app/ask.hpp"
#include "app/event_request.hpp"
#include "app/table.hpp"

namespace backplane::app {
namespace {

http::RequestTarget dead_letter_target(const DeadLetterOptions& options) {
  http::RequestTarget target("/v1/dead-letters");
  if (options.id) target.segment(std::to_string(*options.id));
  if (options.verb == DeadLetterVerb::redrive) target.segment("redrive");
  if (options.id) return target;
  if (!options.subscription.empty()) target.query("subscription", options.subscription);
  if (!options.type.empty()) target.query("type", options.type);
  add_number(target, "after", options.after);
  add_number(target, "limit", options.limit);
  return target;
}

ExitCode list(const DeadLetterOptions& options, Context& context) {
  if (context.output.json) return ask_and_print(context, {.target = dead_letter_target(options).text()});
  const auto [answer, code] = ask(context, {.target = dead_letter_target(options).text()});
  if (!answer) return code;
  const base::Json& items = (*answer)["items"];
  if (items.empty()) context.console.out << "no dead letters\n";
  else context.console.out << as_table(items, {"id", "subscription", "position", "attempts", "updated_at", "key", "error"});
  if (!(*answer)["next"].is_null()) context.console.err << "there are more: go on with --after " << (*answer)["next"] << '\n';
  return ExitCode::done;
}

}  // namespace

ExitCode carry_out(const DeadLetterOptions& options, Context& context) {
  switch (options.verb) {
    case DeadLetterVerb::list: return list(options, context);
    case DeadLetterVerb::show: return ask_and_print(context, {.target = dead_letter_target(options).text()});
    case DeadLetterVerb::redrive:
      return ask_and_print(context, {.method = "POST", .target = dead_letter_target(options).text()});
    case DeadLetterVerb::discard:
      return ask_and_print(context, {.method = "DELETE", .target = dead_letter_target(options).text()});
  }
  return ExitCode::usage;
}

}  // namespace backplane::app
