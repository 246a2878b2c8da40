#include "app/host.hpp"

#include <algorithm>
#include <atomic>

#include "app/metrics.hpp"
#include "app/view.hpp"
#include "base/log.hpp"
#include "events/bus.hpp"
#include "events/log_retention.hpp"
#include "http/server.hpp"
#include "manifest/order.hpp"
#include "operation/conductor.hpp"
#include "operation/transfers.hpp"
#include "plugin/private_copy.hpp"
#include "plugin/watchdog.hpp"
#include "store/open.hpp"

namespace backplane::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto forget_answers_every = std::chrono::minutes(10);

base::Result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) return base::ok();
  return base::Error{base::Code::storage, "data_dir " + directory.string() + ": " + error.message()};
}

base::Result<std::unique_ptr<store::Store>> open_store(const manifest::Settings& settings, const operation::Types& types) {
  BACKPLANE_TRY(auto store, store::open_sqlite({.path = settings.store.path,
                                                .busy_timeout = std::chrono::duration_cast<milliseconds>(settings.store.busy_timeout),
                                                .max_batch = settings.store.max_batch,
                                                .ballast_bytes = settings.store.ballast_bytes}));
  BACKPLANE_CHECK(store->declare(types.indexes(), [](const std::string& step) { base::log_info("store", step); }));
  return store;
}

events::BusLimits bus_limits(const manifest::Settings& settings) {
  const manifest::EventSettings& events = settings.events;
  return {.background = {events.max_queued, events.max_queued_bytes, events.handlers},
          .durable = {.most_busy = events.handlers,
                      .most_attempts = events.retries.attempts,
                      .first_delay = events.retries.first_delay,
                      .longest_delay = events.retries.longest_delay},
          .payload = {settings.operations.max_document_bytes, settings.operations.max_json_depth},
          .max_depth = settings.operations.max_depth};
}

store::Retention retention(const manifest::RetentionSettings& settings) {
  return {.max_age = settings.max_age,
          .max_events = settings.max_events,
          .max_bytes = settings.max_bytes,
          .unread = settings.unread == manifest::RetentionSettings::Unread::kept ? store::Retention::Unread::kept
                                                                                 : store::Retention::Unread::dropped};
}

// The plugins in the order in which their hooks run.
base::Result<std::vector<manifest::PluginSettings>> in_order(const std::vector<manifest::PluginSettings>& plugins) {
  BACKPLANE_TRY(const auto order, manifest::order_of(plugins));
  std::vector<manifest::PluginSettings> ordered;
  for (const std::size_t index : order) ordered.push_back(plugins[index]);
  return ordered;
}

std::filesystem::path probe_of(const HostOptions& options) {
  if (!options.probe.empty()) return options.probe;
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "backplane-probe";
}

}  // namespace

// Members in the order in which they are made; stop() takes them down in reverse.
struct Host::Parts {
  explicit Parts(manifest::Settings checked) : settings(std::move(checked)) {}

  manifest::Settings settings;
  base::SystemClock clock;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<base::WorkerPool> pool;
  std::unique_ptr<events::Bus> bus;
  std::unique_ptr<events::LogRetention> log_retention;  // null: there is no log
  std::unique_ptr<operation::Conductor> conductor;
  std::unique_ptr<operation::StoreTransfers> transfers;
  std::unique_ptr<plugin::Registry> registry;
  std::shared_ptr<const hooks::Table> table;
  std::unique_ptr<plugin::Watchdog> watchdog;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready{false};
  bool stopped = false;
  steady_clock::time_point answers_forgotten = steady_clock::now();

  base::Result<void> make(const HostOptions& options);
  base::Result<void> load_plugins(const HostOptions& options);
  base::Result<void> serve();
  void at_interval();
  base::Task<bool> forget_answers();
};

base::Result<void> Host::Parts::make(const HostOptions& options) {
  BACKPLANE_CHECK(plugin::Watchdog::check_machine());
  BACKPLANE_CHECK(make_directory(settings.data_dir));
  BACKPLANE_TRY(auto types, operation::Types::from(settings.resources));
  BACKPLANE_TRY(store, open_store(settings, types));
  pool = std::make_unique<base::WorkerPool>(
      base::WorkerPool::Size{settings.operations.workers, settings.operations.max_workers});
  const base::JsonLimits documents{settings.operations.max_document_bytes, settings.operations.max_json_depth};
  bus = std::make_unique<events::Bus>(bus_limits(settings), settings.events.log ? store.get() : nullptr, clock, *pool);
  if (settings.events.log)
    log_retention = std::make_unique<events::LogRetention>(*store, retention(settings.events.retention), clock, *pool);
  conductor = std::make_unique<operation::Conductor>(settings.operations, std::move(types), *store, *bus, clock, *pool);
  transfers = std::make_unique<operation::StoreTransfers>(*conductor, *store, clock, documents);
  BACKPLANE_CHECK(load_plugins(options));
  watchdog = std::make_unique<plugin::Watchdog>(*pool, [this] { at_interval(); });
  return serve();
}

base::Result<void> Host::Parts::load_plugins(const HostOptions& options) {
  const auto run_directory = settings.data_dir / "run";
  BACKPLANE_CHECK(plugin::prepare_run_directory(run_directory));
  BACKPLANE_TRY(const auto plugins, in_order(settings.plugins));
  const plugin::OpenPlaces places{.run_directory = run_directory, .probe = probe_of(options)};
  BACKPLANE_TRY(registry, plugin::Registry::load(plugins, settings.operations.deadline, places,
                                                 plugin::Services{*conductor, *bus}));
  BACKPLANE_CHECK(registry->start());
  table = std::make_shared<const hooks::Table>(registry->instances(), conductor->types().names());
  conductor->set_hooks(table);
  BACKPLANE_CHECK(bus->set_plugins(registry->instances()));
  for (const auto& instance : registry->instances()) bus->announce("loaded", *instance);
  return base::ok();
}

base::Result<void> Host::Parts::serve() {
  conductor->open();
  http::Surroundings surroundings{.ready = [this] { return ready.load(); },
                                  .plugins = [this] { return plugins_view(*registry); },
                                  .hooks = [this](const std::string& action, const std::string& type) {
                                    return hooks_view(*table, conductor->types(), action, type);
                                  },
                                  .types = [this] { return types_view(conductor->types()); },
                                  .metrics = [this] { return metrics_of({*registry, *store, *pool, *conductor, *bus, log_retention.get()}); }};
  BACKPLANE_TRY(server, http::Server::start(settings.http, *conductor, *transfers, *bus, std::move(surroundings)));
  ready = true;
  return base::ok();
}

// On the watchdog's thread.
void Host::Parts::at_interval() {
  const auto now = steady_clock::now();
  for (const auto& instance : registry->instances())
    if (instance->serial()) instance->turn.expire(now);
  bus->tick();
  if (log_retention) log_retention->tick(now);
  if (now - answers_forgotten < forget_answers_every) return;
  answers_forgotten = now;
  base::start(forget_answers(), [](bool) {});
}

base::Task<bool> Host::Parts::forget_answers() {
  co_await base::on(*pool);
  const auto forgotten = store->forget_answers(clock.now() - settings.operations.keep_answers);
  if (!forgotten) base::log_error("store", forgotten.error().message);
  co_return forgotten.has_value();
}

Host::Host(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

base::Result<std::unique_ptr<Host>> Host::start(manifest::Settings settings, const HostOptions& options) {
  std::unique_ptr<Host> host(new Host(std::make_unique<Parts>(std::move(settings))));
  BACKPLANE_CHECK(host->parts_->make(options));
  return host;
}

Host::~Host() { stop(); }

StopReport Host::stop() {
  StopReport report;
  if (!parts_ || std::exchange(parts_->stopped, true)) return report;
  Parts& parts = *parts_;
  parts.ready = false;
  const auto deadline = steady_clock::now() + parts.settings.drain;
  // Handlers are still inside: nothing that they may touch is taken from them. What was acknowledged is on disk.
  const auto leave = [&](const StopReport& so_far) {
    static_cast<void>(parts_.release());
    return so_far;
  };
  const auto left = [&] {
    return std::max(milliseconds(10), std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()));
  };
  if (parts.server) {
    report.requests_cut_off = parts.server->stop(deadline);
    report.stuck_threads += parts.server->left_behind();
  }
  if (parts.conductor) {
    parts.conductor->refuse_callers();
    const std::size_t busy = parts.bus->close(deadline).busy;
    report.stuck_threads += parts.conductor->close(left());
    // Once more: the last operations had events.
    const events::Drained drained = parts.bus->close(deadline);
    report.events_undelivered = drained.waiting;
    report.subscriptions_behind = drained.in_log;
    report.stuck_threads += std::max(busy, drained.busy);
    if (report.stuck_threads != 0) return leave(report);
    if (auto ended = parts.bus->set_plugins({}); !ended) base::log_error("events", ended.error().message);
    parts.conductor->set_hooks(std::make_shared<const hooks::Table>(std::vector<std::shared_ptr<plugin::Instance>>(),
                                                                    parts.conductor->types().names()));
  }
  parts.watchdog.reset();
  parts.table.reset();
  if (parts.registry) report.stuck_threads += parts.registry->stop();
  if (parts.pool) report.stuck_threads += parts.pool->stop(left());
  if (parts.store) parts.store->close();
  return report;
}

std::uint16_t Host::port() const { return parts_->server->port(); }

operation::Operations& Host::operations() { return *parts_->conductor; }

operation::Transfers& Host::transfers() { return *parts_->transfers; }

std::string Host::plugins() const { return plugins_view(*parts_->registry); }

base::Result<std::string> Host::hooks(const std::string& action, const std::string& type) const {
  return hooks_view(*parts_->table, parts_->conductor->types(), action, type);
}

}  // namespace backplane::app
