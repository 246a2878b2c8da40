#include "app/command.hpp"

#include <ostream>

#include "base/json_text.hpp"

namespace backplane::app {

base::Result<http::Client> client_of(const Connection& connection) {
  return http::Client::to(connection.url, connection.timeout);
}

http::Client::Headers headers_of(const Connection& connection) {
  http::Client::Headers headers;
  if (!connection.actor.empty()) headers.emplace_back("X-Actor", connection.actor);
  if (!connection.tenant.empty()) headers.emplace_back("X-Tenant", connection.tenant);
  return headers;
}

ExitCode report(Context& context, const Failure& failure) {
  write(context.console.err, failure, context.output);
  return exit_code_of(failure.error.code);
}

ExitCode report(Context& context, base::Error error) {
  Failure failure;
  failure.error = std::move(error);
  return report(context, failure);
}

void print_json(Context& context, std::string_view json) {
  const bool pretty = context.console.out_is_terminal && !context.output.json;
  context.console.out << (pretty ? base::indent_json(json) : base::minify_json(json)) << '\n';
}

ExitCode ask_and_print(Context& context, http::Client::Request request) {
  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());
  for (auto& header : headers_of(context.connection)) request.headers.push_back(std::move(header));
  const auto reply = client->send(request);
  if (!reply) return report(context, reply.error());
  if (!reply->succeeded()) return report(context, failure_of(*reply));
  if (!reply->body.empty()) print_json(context, reply->body);
  return ExitCode::done;
}

}  // namespace backplane::app
