// backplane plugin list|explain: what the running host says of its plugins and of the chain of an action.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "app/command.hpp"
#include "app/table.hpp"
#include "base/json.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {
namespace {

using base::Json;

// The host's answer as JSON, or nothing after the failure was reported.
std::optional<Json> ask(Context& context, std::string target, ExitCode& code) {
  const auto client = client_of(context.connection);
  if (!client) {
    code = report(context, client.error());
    return {};
  }
  const auto reply = client->send({.method = "GET", .target = std::move(target), .headers = headers_of(context.connection)});
  if (!reply) {
    code = report(context, reply.error());
    return {};
  }
  if (!reply->succeeded()) {
    code = report(context, failure_of(*reply));
    return {};
  }
  Json answer = Json::parse(reply->body, nullptr, false);
  if (answer.is_discarded())
    code = report(context, base::Error{base::Code::internal, client->url() + ": wanted JSON, found something else"});
  return answer.is_discarded() ? std::nullopt : std::optional(std::move(answer));
}

// Those of the columns that at least one row has.
std::vector<std::string> columns_of(const Json& rows, std::vector<std::string> columns) {
  std::erase_if(columns, [&](const std::string& column) {
    return std::none_of(rows.begin(), rows.end(), [&](const Json& row) { return row.is_object() && row.contains(column); });
  });
  return columns;
}

// The handlers in the order of their calls.
void print_chain(std::ostream& out, const PluginExplainOptions& options, const Json& chain) {
  const Json rows = chain.is_object() ? chain.value("handlers", Json::array()) : Json::array();
  if (rows.empty()) {
    out << "no handler runs for " << options.action << " on " << options.type << '\n';
  } else {
    out << as_table(rows, columns_of(rows, {"phase", "plugin", "handler", "deadline_ms", "on_fault"}));
  }
}

}  // namespace

ExitCode carry_out(const PluginListOptions&, Context& context) {
  ExitCode code = ExitCode::done;
  const auto plugins = ask(context, "/v1/plugins", code);
  if (!plugins) return code;
  if (context.output.json) {
    print_json(context, base::to_text(*plugins));
  } else {
    const Json rows = plugins->is_array() ? *plugins : Json::array();
    if (rows.empty()) context.console.out << "no plugins\n";
    else context.console.out << as_table(rows, columns_of(rows, {"id", "version", "state", "generation", "threading", "error", "description"}));
  }
  return code;
}

ExitCode carry_out(const PluginExplainOptions& options, Context& context) {
  ExitCode code = ExitCode::done;
  const auto chain =
      ask(context, http::RequestTarget("/v1/hooks").query("action", options.action).query("type", options.type).text(), code);
  if (!chain) return code;
  if (context.output.json) {
    print_json(context, base::to_text(*chain));
  } else {
    print_chain(context.console.out, options, *chain);
  }
  return code;
}

}  // namespace backplane::app
