// backplane event replay: gives a durable subscription past events anew, and tells how far it is until it is done.
#include <ostream>
#include <thread>

#include "app/ask.hpp"
#include "app/event_request.hpp"
#include "app/progress.hpp"

namespace backplane::app {
namespace {

constexpr std::chrono::milliseconds between_looks{200};

}  // namespace

ExitCode carry_out(const EventReplayOptions& options, Context& context) {
  const auto subscription = subscription_target(options.subscription);
  if (!subscription) return report(context, subscription.error());
  http::RequestTarget target = *subscription;
  target.segment("replay");
  if (options.since.empty()) target.query("after", std::to_string(options.after));
  else target.query("since", options.since);

  auto [answer, code] = ask(context, {.method = "POST", .target = target.text()});
  if (!answer) return code;
  const auto generation = answer->value("generation", std::uint64_t{0});
  {
    Progress progress(context.console, context.output, "replayed", 0);
    while (!options.no_wait && answer->contains("replay_up_to") && answer->value("generation", std::uint64_t{0}) == generation) {
      progress.tell("at position " + std::to_string(answer->value("position", std::uint64_t{0})) + " of " +
                    std::to_string(answer->value("replay_up_to", std::uint64_t{0})));
      std::this_thread::sleep_for(between_looks);
      std::tie(answer, code) = [&] {
        Asked asked = ask(context, {.target = subscription->text()});
        return std::pair(std::move(asked.answer), asked.code);
      }();
      if (!answer) return code;
    }
  }
  print_json(context, base::to_text(*answer));
  return ExitCode::done;
}

}  // namespace backplane::app
