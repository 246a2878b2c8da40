// backplane plugin list|explain: what the running host says of its plugins and of the chain of an action.
#include <ostream>

#include "app/ask.hpp"
#include "app/table.hpp"
#include "base/json.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {
namespace {

using base::Json;

// The handlers in the order of their calls.
void print_chain(std::ostream& out, const PluginExplainOptions& options, const Json& chain) {
  const Json rows = chain.is_object() ? chain.value("handlers", Json::array()) : Json::array();
  if (rows.empty()) {
    out << "no handler runs for " << options.action << " on " << options.type << '\n';
  } else {
    out << as_table(rows, {"phase", "plugin", "handler", "deadline_ms", "on_fault"});
  }
}

}  // namespace

ExitCode carry_out(const PluginListOptions&, Context& context) {
  const auto [plugins, code] = ask(context, {.target = "/v1/plugins"});
  if (!plugins) return code;
  if (context.output.json) {
    print_json(context, base::to_text(*plugins));
  } else {
    const Json rows = plugins->is_array() ? *plugins : Json::array();
    if (rows.empty()) context.console.out << "no plugins\n";
    else context.console.out << as_table(rows, {"id", "version", "state", "generation", "threading", "error", "description"});
  }
  return code;
}

ExitCode carry_out(const PluginExplainOptions& options, Context& context) {
  const auto [chain, code] =
      ask(context, {.target = http::RequestTarget("/v1/hooks").query("action", options.action).query("type", options.type).text()});
  if (!chain) return code;
  if (context.output.json) {
    print_json(context, base::to_text(*chain));
  } else {
    print_chain(context.console.out, options, *chain);
  }
  return code;
}

}  // namespace backplane::app
