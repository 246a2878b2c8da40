// The commands: each a function that does what it was asked, writes to the console and returns the exit code.
#pragma once

#include <string>

#include "app/console.hpp"
#include "app/exit_code.hpp"
#include "app/options.hpp"
#include "app/failure.hpp"
#include "base/result.hpp"
#include "http/client/client.hpp"

namespace backplane::app {

// What every command works with.
struct Context {
  Console& console;
  Connection connection{};
  Output output{};
};

// `run`: starts the host and serves until a signal ends it. Its own target, since it needs the whole host.
ExitCode serve(const RunOptions& options, Context& context);

// `plugin rehearse`; needs the whole host as well.
ExitCode rehearse(const RehearseOptions& options, Context& context);

ExitCode carry_out(const CheckOptions& options, Context& context);
ExitCode carry_out(const ManifestOptions& options, Context& context);
ExitCode carry_out(const ReloadOptions& options, Context& context);
ExitCode carry_out(const PluginListOptions& options, Context& context);
ExitCode carry_out(const PluginExplainOptions& options, Context& context);
ExitCode carry_out(const PluginInspectOptions& options, Context& context);
ExitCode carry_out(const PluginCheckOptions& options, Context& context);
ExitCode carry_out(const PluginNewOptions& options, Context& context);
ExitCode carry_out(const ResourceOptions& options, Context& context);
ExitCode carry_out(const PageOptions& options, Context& context);
ExitCode carry_out(const DumpOptions& options, Context& context);
ExitCode carry_out(const LoadOptions& options, Context& context);
ExitCode carry_out(const EventPublishOptions& options, Context& context);
ExitCode carry_out(const EventQueryOptions& options, Context& context);
ExitCode carry_out(const EventTailOptions& options, Context& context);
ExitCode carry_out(const EventReplayOptions& options, Context& context);
ExitCode carry_out(const SubscriptionsOptions& options, Context& context);
ExitCode carry_out(const SubscriptionOptions& options, Context& context);
ExitCode carry_out(const DeadLetterOptions& options, Context& context);
ExitCode carry_out(const CompletionOptions& options, Context& context);

// The client of the connection, and the headers that say who asks.
base::Result<http::Client> client_of(const Connection& connection);
http::Client::Headers headers_of(const Connection& connection);

// Writes the problem and returns its exit code.
ExitCode report(Context& context, const Failure& failure);
ExitCode report(Context& context, base::Error error);

// Writes a JSON text: over several lines on a terminal, as one line elsewhere and with --json.
void print_json(Context& context, std::string_view json);

// Sends the request and prints its JSON answer, or reports what went wrong.
ExitCode ask_and_print(Context& context, http::Client::Request request);

}  // namespace backplane::app
