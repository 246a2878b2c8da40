#include <memory>

#include "app/definition.hpp"

namespace backplane::app {
namespace {

void add_filter_options(CLI::App& command, EventFilter& filter) {
  command.add_option("--type", filter.type, "Event type or pattern: order.paid, order.* (one segment), order.> (the rest)")->type_name("PATTERN");
  command.add_option("--key", filter.key, "Events of this key")->type_name("KEY");
  command.add_option("--by", filter.actor, "Events that this actor caused")->type_name("ACTOR");
  command.add_option("--of-tenant", filter.tenant, "Events of this tenant")->type_name("TENANT");
}

template <class Options>
CLI::App& finish(CLI::App& command, Invocation& into, const std::shared_ptr<Options>& options) {
  add_connection_options(command, into);
  add_json_option(command, into);
  command.callback([options, &into] { into.command = *options; });
  return command;
}

void define_publish(CLI::App& event, Invocation& into) {
  auto options = std::make_shared<EventPublishOptions>();
  auto& command = add_command(event, "publish", "Publish an event",
                              "backplane event publish order.paid '{\"amount\": 12}' --key order-7\n"
                              "backplane event publish order.paid @paid.json --id 6c1f --promise queued");
  command.add_option("TYPE", options->type, "The event type")->required()->type_name("");
  command.add_option("PAYLOAD", options->payload, "A JSON object, @FILE, or - for standard input; default: {}")->type_name("");
  command.add_option("--id", options->id, "Its id: publishing it again does nothing; default: a new UUIDv7")->type_name("ID");
  command.add_option("--key", options->key, "Events of one key are delivered in order")->type_name("KEY");
  command.add_option("--source", options->source, "Who says so; default: http")->type_name("SOURCE");
  command.add_option("--promise", options->promise, "durable: answered when it is in the log; queued: when it is taken; memory: not kept")
      ->type_name("PROMISE")
      ->check(CLI::IsMember({"durable", "queued", "memory"}));
  finish(command, into, options);
}

void define_query(CLI::App& event, Invocation& into) {
  auto options = std::make_shared<EventQueryOptions>();
  auto& command = add_command(event, "query", "Read the event log",
                              "backplane event query --type 'order.>' --newest --limit 20\n"
                              "backplane event query --key order-7 --all --json");
  add_filter_options(command, options->filter);
  command.add_option("--since", options->since, "Recorded at this time (RFC 3339) or later")->type_name("TIME");
  command.add_option("--until", options->until, "Recorded before this time")->type_name("TIME");
  command.add_option("--after", options->after, "Only those after this position")->type_name("N");
  command.add_option("--before", options->before, "Only those before this position")->type_name("N")->check(CLI::PositiveNumber);
  command.add_option("--limit", options->limit, "At most so many in a page")->type_name("N")->check(CLI::PositiveNumber);
  command.add_flag("--newest", options->newest, "The newest first");
  command.add_flag("--all", options->all, "All pages, an event a line");
  command.add_flag("--cloudevents", options->cloud_events, "As CloudEvents 1.0, in JSON");
  finish(command, into, options);
}

void define_tail(CLI::App& event, Invocation& into) {
  auto options = std::make_shared<EventTailOptions>();
  auto& command = add_command(event, "tail", "Follow the event log until Ctrl-C",
                              "backplane event tail --type 'order.>'\nbackplane event tail --last 20\n"
                              "backplane event tail --json | jq .payload");
  add_filter_options(command, options->filter);
  auto* after = command.add_option("--after", options->after, "Begin after this position; default: with what comes from now on")->type_name("N");
  command.add_option("--last", options->last, "Begin with the last N events")->type_name("N")->check(CLI::Range(1, 1000))->excludes(after);
  command.add_option("--count", options->count, "End after N events")->type_name("N")->check(CLI::PositiveNumber);
  command.add_flag("--no-color", options->no_color, "No colors, as where NO_COLOR is set or no terminal is written to");
  finish(command, into, options);
}

void define_replay(CLI::App& event, Invocation& into) {
  auto options = std::make_shared<EventReplayOptions>();
  auto& command = add_command(event, "replay", "Give a durable subscription past events anew",
                              "backplane event replay receipts/paid --since 2026-01-31T00:00:00Z\n"
                              "backplane event replay receipts/paid --after 1200 --no-wait");
  command.add_option("SUBSCRIPTION", options->subscription, "PLUGIN/NAME")->required()->type_name("");
  auto* after = command.add_option("--after", options->after, "Those after this position; default: all")->type_name("N");
  command.add_option("--since", options->since, "Those recorded at this time (RFC 3339) or later")->type_name("TIME")->excludes(after);
  command.add_flag("--no-wait", options->no_wait, "Return when it has begun, instead of when it is done");
  command.add_flag("--progress", into.output.progress, "Tell progress also where standard error is no terminal");
  finish(command, into, options);
}

void define_subscriptions(CLI::App& event, Invocation& into) {
  auto& list = add_command(event, "subscriptions", "List the subscriptions to events", "backplane event subscriptions");
  finish(list, into, std::make_shared<SubscriptionsOptions>());
  struct Row {
    SubscriptionVerb verb;
    const char* name;
    const char* description;
  };
  const Row rows[] = {
      {SubscriptionVerb::show, "subscription", "Show a subscription"},
      {SubscriptionVerb::pause, "pause", "Deliver nothing to a durable subscription for now"},
      {SubscriptionVerb::resume, "resume", "Deliver to a paused subscription again"},
      {SubscriptionVerb::forget, "forget", "Forget a durable subscription whose plugin is gone, with its dead letters"},
  };
  for (const Row& row : rows) {
    auto options = std::make_shared<SubscriptionOptions>();
    options->verb = row.verb;
    auto& command = add_command(event, row.name, row.description, std::string("backplane event ") + row.name + " receipts/paid");
    command.add_option("SUBSCRIPTION", options->subscription, "PLUGIN/NAME")->required()->type_name("");
    finish(command, into, options);
  }
}

void define_dead_letters(CLI::App& event, Invocation& into) {
  auto& letters = add_command(event, "dead-letters", "See to the events that durable subscriptions gave up on",
                              "backplane event dead-letters list\nbackplane event dead-letters redrive 12");
  letters.require_subcommand(1);
  struct Row {
    DeadLetterVerb verb;
    const char* name;
    const char* description;
  };
  const Row rows[] = {
      {DeadLetterVerb::list, "list", "List them"},
      {DeadLetterVerb::show, "show", "Show one with its event"},
      {DeadLetterVerb::redrive, "redrive", "Try one again, or all that match"},
      {DeadLetterVerb::discard, "discard", "Discard one, or all of a subscription"},
  };
  for (const Row& row : rows) {
    auto options = std::make_shared<DeadLetterOptions>();
    options->verb = row.verb;
    auto& command = add_command(letters, row.name, row.description,
                                std::string("backplane event dead-letters ") + row.name + (row.verb == DeadLetterVerb::list ? "" : " 12"));
    if (row.verb == DeadLetterVerb::show) command.add_option("ID", options->id, "Its number")->required()->type_name("");
    else if (row.verb != DeadLetterVerb::list) command.add_option("ID", options->id, "Its number; default: all that match")->type_name("");
    if (row.verb != DeadLetterVerb::show) {
      command.add_option("--subscription", options->subscription, "Those of this subscription, as PLUGIN/NAME")->type_name("NAME");
      command.add_option("--type", options->type, "Those of this event type or pattern")->type_name("PATTERN");
    }
    if (row.verb == DeadLetterVerb::list) {
      command.add_option("--after", options->after, "Only those after this one")->type_name("N");
      command.add_option("--limit", options->limit, "At most so many in a page")->type_name("N")->check(CLI::PositiveNumber);
    }
    finish(command, into, options);
  }
}

}  // namespace

void define_event_commands(CLI::App& root, Invocation& into) {
  auto& event = add_command(root, "event", "Publish, read and follow events, see to their delivery",
                            "backplane event tail --type 'order.>'\nbackplane event publish --help");
  event.require_subcommand(1);
  define_publish(event, into);
  define_query(event, into);
  define_tail(event, into);
  define_replay(event, into);
  define_subscriptions(event, into);
  define_dead_letters(event, into);
}

}  // namespace backplane::app
