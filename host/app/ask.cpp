#include "app/ask.hpp"

namespace backplane::app {

Asked ask(Context& context, http::Client::Request request) {
  const auto client = client_of(context.connection);
  if (!client) return {{}, report(context, client.error())};
  for (auto& header : headers_of(context.connection)) request.headers.push_back(std::move(header));
  const auto reply = client->send(request);
  if (!reply) return {{}, report(context, reply.error())};
  if (!reply->succeeded()) return {{}, report(context, failure_of(*reply))};
  base::Json answer = base::Json::parse(reply->body, nullptr, false);
  if (answer.is_discarded()) return {{}, report(context, base::Error{base::Code::internal, client->url() + ": wanted JSON, found something else"})};
  return {std::move(answer)};
}

}  // namespace backplane::app
