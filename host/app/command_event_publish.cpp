// backplane event publish
#include <nlohmann/json.hpp>

#include "app/argument_text.hpp"
#include "app/command.hpp"
#include "base/json.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {

ExitCode carry_out(const EventPublishOptions& options, Context& context) {
  const auto payload = text_of_argument(options.payload, context.console.in);
  if (!payload) return report(context, payload.error());
  auto document = base::parse_json(*payload);
  if (!document) return report(context, base::within("payload", std::move(document).error()));
  base::Json envelope{{"event_type", options.type}, {"payload", std::move(*document)}};
  if (!options.id.empty()) envelope["event_id"] = options.id;
  if (!options.key.empty()) envelope["key"] = options.key;
  if (!options.source.empty()) envelope["source"] = options.source;
  http::RequestTarget target("/v1/events");
  if (!options.promise.empty()) target.query("promise", options.promise);
  return ask_and_print(context, {.method = "POST",
                                 .target = target.text(),
                                 .headers = {{"Content-Type", "application/json"}},
                                 .body = base::to_text(envelope)});
}

}  // namespace backplane::app
