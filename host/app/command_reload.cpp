// backplane reload|plan and plugin reload: bringing the running host to what its manifest and its plugins' files say
// now.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/ask.hpp"
#include "app/failure.hpp"
#include "app/reload_text.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {

using base::Json;

ExitCode carry_out(const ReloadOptions& options, Context& context) {
  http::RequestTarget target("/v1");
  if (!options.plugin.empty()) target.segment("plugins").segment(options.plugin);
  target.segment("reload");
  if (options.mode == ReloadMode::plan) target.query("dry_run", "true");
  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());
  http::Client::Request request{.method = "POST", .target = target.text(), .headers = headers_of(context.connection)};
  const auto reply = client->send(request);
  if (!reply) return report(context, reply.error());
  if (!reply->succeeded()) {
    const Failure failure = failure_of(*reply);
    const Json details = Json::parse(failure.error.details, nullptr, false);
    if (context.output.json || !details.is_object()) return report(context, failure);
    print_reload(context.console.err, details);
    Failure short_one = failure;
    short_one.error.details.clear();
    return report(context, short_one);
  }
  if (context.output.json) {
    print_json(context, reply->body);
    return ExitCode::done;
  }
  const Json answer = Json::parse(reply->body, nullptr, false);
  if (!answer.is_object())
    return report(context, base::Error{base::Code::internal, "reload: wanted a report in JSON, found something else"});
  print_reload(context.console.out, answer);
  return ExitCode::done;
}

}  // namespace backplane::app
