// backplane event subscriptions|subscription|pause|resume|forget
#include <ostream>

#include "app/ask.hpp"
#include "app/event_request.hpp"
#include "app/table.hpp"

namespace backplane::app {

ExitCode carry_out(const SubscriptionsOptions&, Context& context) {
  if (context.output.json) return ask_and_print(context, {.target = "/v1/subscriptions"});
  const auto [answer, code] = ask(context, {.target = "/v1/subscriptions"});
  if (!answer) return code;
  if (answer->empty()) {
    context.console.out << "no subscriptions\n";
  } else {
    context.console.out << as_table(*answer, {"name", "pattern", "mode", "state", "delivered", "failed", "waiting", "parked", "dead", "behind",
                                              "refused", "position", "generation"});
  }
  return ExitCode::done;
}

ExitCode carry_out(const SubscriptionOptions& options, Context& context) {
  auto target = subscription_target(options.subscription);
  if (!target) return report(context, target.error());
  switch (options.verb) {
    case SubscriptionVerb::show: return ask_and_print(context, {.target = target->text()});
    case SubscriptionVerb::pause: return ask_and_print(context, {.method = "POST", .target = target->segment("pause").text()});
    case SubscriptionVerb::resume: return ask_and_print(context, {.method = "POST", .target = target->segment("resume").text()});
    case SubscriptionVerb::forget: return ask_and_print(context, {.method = "DELETE", .target = target->text()});
  }
  return ExitCode::usage;
}

}  // namespace backplane::app
