#include "app/metrics.hpp"

#include <string_view>
#include <vector>

namespace backplane::app {
namespace {

enum class Kind { counter, gauge };

void put_metric(std::string& text, std::string_view name, std::string_view labels, std::uint64_t value) {
  text.append("backplane_").append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

void put_head(std::string& text, std::string_view name, Kind kind, std::string_view help) {
  text.append("# HELP backplane_").append(name).append(" ").append(help).append("\n# TYPE backplane_");
  text.append(name).append(kind == Kind::counter ? " counter\n" : " gauge\n");
}

void put_one(std::string& text, std::string_view name, Kind kind, std::string_view help, std::uint64_t value) {
  put_head(text, name, kind, help);
  put_metric(text, name, "", value);
}

template <class F>
void put_per_plugin(std::string& text, const plugin::Registry& registry, std::string_view name, Kind kind, std::string_view help, F value) {
  put_head(text, name, kind, help);
  for (const auto& instance : registry.instances())
    put_metric(text, name, "{plugin=\"" + instance->id() + "\"}", value(*instance));
}

void put_plugins(std::string& text, const plugin::Registry& registry) {
  using plugin::Instance;
  put_per_plugin(text, registry, "plugin_rejections_total", Kind::counter, "Operations that a plugin rejected",
                 [](const Instance& one) { return one.counters.rejections.load(); });
  put_per_plugin(text, registry, "plugin_faults_total", Kind::counter, "Handlers that broke",
                 [](const Instance& one) { return one.counters.faults.load(); });
  put_per_plugin(text, registry, "plugin_timeouts_total", Kind::counter, "Handlers that overstayed their deadline",
                 [](const Instance& one) { return one.counters.timeouts.load(); });
  put_per_plugin(text, registry, "plugin_skipped_total", Kind::counter, "Calls not made, for quarantine",
                 [](const Instance& one) { return one.counters.skipped.load(); });
  put_per_plugin(text, registry, "plugin_quarantined", Kind::gauge, "1: not called for now, after repeated faults",
                 [](const Instance& one) { return std::uint64_t{one.breaker.is_open()}; });
  put_per_plugin(text, registry, "plugin_generation", Kind::gauge, "The load of the plugin that is served",
                 [](const Instance& one) { return one.generation(); });
  put_one(text, "plugins_parked", Kind::gauge, "Former generations of plugins that are still in memory", registry.parked().size());
  put_per_plugin(text, registry, "plugin_stuck_threads", Kind::gauge, "Threads that a plugin has not given back",
                 [](const Instance& one) { return std::uint64_t{one.stuck_threads()}; });
}

void put_store(std::string& text, const store::Store& store) {
  const store::StoreFigures figures = store.figures();
  put_one(text, "store_commits_total", Kind::counter, "Units of work committed", figures.commits);
  put_one(text, "store_batches_total", Kind::counter, "Transactions, each one sync to disk", figures.batches);
  put_one(text, "store_failures_total", Kind::counter, "Units of work refused", figures.failures);
  put_one(text, "store_file_bytes", Kind::gauge, "Size of the store's files", figures.file_bytes);
  put_one(text, "event_log_events", Kind::gauge, "Events in the log", figures.events);
  put_one(text, "event_log_bytes", Kind::gauge, "Size of these events", figures.event_bytes);
}

std::string labels_of(const plugin::Subscription& subscription) {
  return "{subscription=\"" + events::full_name(subscription) + "\",mode=\"" + std::string(plugin::name_of(subscription.mode)) + "\"}";
}

// A figure of each of those that have one of that kind.
template <class Figures, class F>
void put_per_subscription(std::string& text, const std::vector<Figures>& all, std::string_view name, Kind kind, std::string_view help, F value) {
  put_head(text, name, kind, help);
  for (const Figures& one : all) put_metric(text, name, "{subscription=\"" + one.subscription + "\"}", value(one));
}

template <class F>
void put_calls(std::string& text, const events::Bus& bus, std::string_view name, std::string_view help, F count) {
  put_head(text, name, Kind::counter, help);
  for (const auto& instance : bus.table()->plugins())
    for (const plugin::Subscription& one : instance->subscriptions()) put_metric(text, name, labels_of(one), count(*one.counts));
}

void put_events(std::string& text, const events::Bus& bus) {
  put_one(text, "events_published_total", Kind::counter, "Events published", bus.published());
  put_calls(text, bus, "event_deliveries_total", "Calls of subscribers that went well",
            [](const plugin::DeliveryCounts& one) { return one.delivered.load(); });
  put_calls(text, bus, "event_failures_total", "Calls of subscribers that did not",
            [](const plugin::DeliveryCounts& one) { return one.failed.load(); });

  using Queue = events::QueueFigures;
  const auto queues = bus.background().figures();
  put_per_subscription(text, queues, "event_queue_waiting", Kind::gauge, "Events that wait in memory for a background subscription",
                       [](const Queue& one) { return one.waiting; });
  put_per_subscription(text, queues, "event_queue_spilled", Kind::gauge, "1: more of them wait in the log",
                       [](const Queue& one) { return std::uint64_t{one.spilled}; });
  put_per_subscription(text, queues, "event_queue_refused_total", Kind::counter, "Events refused to their publishers because the queue was full",
                       [](const Queue& one) { return one.refused; });

  using Consumer = events::ConsumerFigures;
  const auto consumers = bus.durable().figures();
  put_per_subscription(text, consumers, "event_behind", Kind::gauge, "Positions of the log that a durable subscription has yet to see",
                       [](const Consumer& one) { return one.behind; });
  put_per_subscription(text, consumers, "event_retrying", Kind::gauge, "Events that failed and are to be tried again",
                       [](const Consumer& one) { return one.waiting; });
  put_per_subscription(text, consumers, "event_parked", Kind::gauge, "Events behind one of their key that is to be tried again",
                       [](const Consumer& one) { return one.parked; });
  put_per_subscription(text, consumers, "event_dead_total", Kind::counter, "Events given up",
                       [](const Consumer& one) { return one.dead; });
  put_per_subscription(text, consumers, "event_paused", Kind::gauge, "1: the subscription is paused",
                       [](const Consumer& one) { return std::uint64_t{one.paused}; });
}

}  // namespace

std::string metrics_of(const Measured& measured) {
  std::string text;
  put_plugins(text, measured.registry);
  put_store(text, measured.store);
  put_events(text, measured.bus);
  if (measured.log_retention != nullptr) {
    put_one(text, "event_log_removed_total", Kind::counter, "Events removed because they were beyond the limits of the log",
            measured.log_retention->removed());
    put_one(text, "event_log_held", Kind::gauge, "About how many are beyond the limits and kept for a subscription",
            measured.log_retention->held_by_unread());
  }
  put_one(text, "worker_threads", Kind::gauge, "Threads of the worker pool", measured.pool.threads());
  put_one(text, "operations_waiting", Kind::gauge, "Operations that wait for a worker thread", measured.conductor.waiting());
  put_one(text, "operations_turned_away_total", Kind::counter, "Operations refused because too many were waiting",
          measured.conductor.turned_away());
  return text;
}

}  // namespace backplane::app
