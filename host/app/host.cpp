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
#include "operation/recorder.hpp"
#include "operation/transfers.hpp"
#include "plugin/private_copy.hpp"
#include "plugin/state_file.hpp"
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

events::DurableLimits durable_limits(const manifest::EventSettings& events) {
  return {.most_busy = events.handlers,
          .most_attempts = events.retries.attempts,
          .first_delay = events.retries.first_delay,
          .longest_delay = events.retries.longest_delay};
}

events::BusLimits bus_limits(const manifest::Settings& settings) {
  const manifest::EventSettings& events = settings.events;
  return {.background = {events.max_queued, events.max_queued_bytes, events.handlers},
          .durable = durable_limits(events),
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
  Parts(manifest::Settings checked, const base::Clock* own_clock)
      : settings(std::move(checked)), clock(own_clock == nullptr ? machine_clock : *own_clock) {}

  manifest::Settings settings;
  base::SystemClock machine_clock;
  const base::Clock& clock;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<base::WorkerPool> pool;
  std::unique_ptr<events::Bus> bus;
  std::unique_ptr<events::LogRetention> log_retention;  // null: there is no log
  std::unique_ptr<operation::Conductor> conductor;
  std::unique_ptr<operation::Recorder> recorder;  // callers come by it to the conductor
  std::unique_ptr<operation::StoreTransfers> transfers;
  std::unique_ptr<plugin::Registry> registry;
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<plugin::Watchdog> watchdog;
  std::unique_ptr<AutoReload> auto_reload;  // null: the system has no room for it
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready{false};
  bool stopped = false;
  steady_clock::time_point answers_forgotten = steady_clock::now();

  base::Result<void> make(const HostOptions& options);
  base::Result<void> load_plugins(const HostOptions& options);
  base::Result<void> give_state(plugin::Instance& instance) const;
  void keep_state(plugin::Instance& instance) const;
  base::Result<void> serve();
  void apply_limits(const manifest::Settings& next);
  ReloadReport reload(const ReloadRequest& request);
  base::Result<std::string> answer_reload(std::string plugin, http::Reloading reloading);
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
  recorder = std::make_unique<operation::Recorder>(*conductor, clock);
  recorder->set_limit(options.recorded);
  transfers = std::make_unique<operation::StoreTransfers>(*conductor, *store, clock, documents);
  BACKPLANE_CHECK(load_plugins(options));
  watchdog = std::make_unique<plugin::Watchdog>(*pool, [this] { at_interval(); });
  auto watching = AutoReload::start(*reloader, options.watch, options.reloaded);
  if (watching) auto_reload = std::move(*watching);
  else base::log_error("reload", "files are not watched: " + watching.error().message);
  return serve();
}

ReloadReport Host::Parts::reload(const ReloadRequest& request) {
  ReloadReport report = reloader->reload(request);
  if (auto_reload) auto_reload->look_again();
  if (!request.is_plan) log_reload(report);
  return report;
}

base::Result<void> Host::Parts::load_plugins(const HostOptions& options) {
  const auto run_directory = settings.data_dir / "run";
  BACKPLANE_CHECK(plugin::prepare_run_directory(run_directory));
  BACKPLANE_TRY(const auto plugins, in_order(settings.plugins));
  const plugin::OpenPlaces places{.run_directory = run_directory, .probe = probe_of(options)};
  BACKPLANE_TRY(registry, plugin::Registry::load(plugins, settings.operations.deadline, places,
                                                 plugin::Services{*conductor, *bus}));
  BACKPLANE_CHECK(registry->start([this](plugin::Instance& instance) { return give_state(instance); }));
  conductor->set_hooks(std::make_shared<const hooks::Table>(registry->instances(), conductor->setup().rules->types.names()));
  BACKPLANE_CHECK(bus->set_plugins(registry->instances()));
  for (const auto& instance : registry->instances()) bus->announce("loaded", *instance);
  reloader = std::make_unique<Reloader>(
      Reloader::Parts{.serving = {*registry, *conductor, *bus, settings.data_dir},
                      .store = *store,
                      .places = places,
                      .services = {*conductor, *bus},
                      .read_manifest = options.read_manifest ? options.read_manifest
                                                             : [file = settings.file] { return manifest::read_manifest(file); },
                      .apply_limits = [this](const manifest::Settings& next) { apply_limits(next); }},
      settings);
  return base::ok();
}

// What it saved last, in this host or one before.
base::Result<void> Host::Parts::give_state(plugin::Instance& instance) const {
  if (!instance.has_state()) return base::ok();
  const auto file = plugin::state_file_of(settings.data_dir, instance.id());
  BACKPLANE_TRY(const auto state, plugin::read_state(file, settings.reload.max_state_bytes));
  if (!state) return base::ok();
  auto loaded = instance.load_state(*state, settings.reload.stop);
  if (loaded) return base::ok();
  return base::within("its state of " + file.string(), std::move(loaded).error());
}

void Host::Parts::keep_state(plugin::Instance& instance) const {
  const auto kept = [&]() -> base::Result<void> {
    BACKPLANE_TRY(const auto state, instance.save_state(settings.reload.max_state_bytes, settings.reload.stop));
    return state ? plugin::write_state(plugin::state_file_of(settings.data_dir, instance.id()), *state) : base::ok();
  }();
  if (!kept) base::log_error("plugin:" + instance.id(), "its state is not kept: " + kept.error().message);
}

// What a reload may change beside plugins and operations.
void Host::Parts::apply_limits(const manifest::Settings& next) {
  base::set_log(next.log.level, settings.log.format);
  if (log_retention) log_retention->set_limits(retention(next.events.retention));
  bus->set_retries(durable_limits(next.events));
  settings.reload = next.reload;
  settings.operations.keep_answers = next.operations.keep_answers;
}

base::Result<void> Host::Parts::serve() {
  conductor->open();
  http::Surroundings surroundings{.ready = [this] { return ready.load(); },
                                  .plugins = [this] { return plugins_view(*registry, reloader->failures()); },
                                  .hooks = [this](const std::string& action, const std::string& type) {
                                    const auto setup = conductor->setup();
                                    return hooks_view(*setup.hooks, setup.rules->types, action, type);
                                  },
                                  .reload = [this](std::string plugin, http::Reloading reloading) { return answer_reload(std::move(plugin), reloading); },
                                  .recorded = [this](std::size_t limit) { return recorded_view(*recorder, limit); },
                                  .types = [this] { return types_view(conductor->setup().rules->types); },
                                  .metrics = [this] { return metrics_of({*registry, *store, *pool, *conductor, *bus, log_retention.get()}); }};
  BACKPLANE_TRY(server, http::Server::start(settings.http, *recorder, *transfers, *bus, std::move(surroundings)));
  ready = true;
  return base::ok();
}

base::Result<std::string> Host::Parts::answer_reload(std::string plugin, http::Reloading reloading) {
  const auto what = plugin.empty() ? ReloadRequest::What::everything : ReloadRequest::What::plugin;
  const bool is_plan = reloading == http::Reloading::planned;
  const ReloadReport report = reload({.what = what, .plugin = std::move(plugin), .is_plan = is_plan});
  std::string text = base::to_text(to_json(report, is_plan));
  if (!report.error) return text;
  base::Error error = *report.error;
  error.details = std::move(text);
  return error;
}

// On the watchdog's thread.
void Host::Parts::at_interval() {
  const auto now = steady_clock::now();
  for (const auto& instance : registry->instances()) {
    instance->gate.expire(now);
    if (instance->serial()) instance->turn.expire(now);
  }
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
  std::unique_ptr<Host> host(new Host(std::make_unique<Parts>(std::move(settings), options.clock)));
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
  // Nobody asks for a reload any more, unless he was left behind.
  if (report.stuck_threads == 0) parts.auto_reload.reset();
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
    parts.conductor->set_hooks(std::make_shared<const hooks::Table>(plugin::Instances(), std::vector<std::string>()));
  }
  parts.watchdog.reset();
  if (parts.registry) report.stuck_threads += parts.registry->stop([&](plugin::Instance& instance) { parts.keep_state(instance); });
  if (parts.pool) report.stuck_threads += parts.pool->stop(left());
  if (parts.store) parts.store->close();
  return report;
}

std::uint16_t Host::port() const { return parts_->server->port(); }

operation::Operations& Host::operations() { return *parts_->recorder; }

operation::Transfers& Host::transfers() { return *parts_->transfers; }

events::Bus& Host::bus() { return *parts_->bus; }

std::string Host::plugins() const { return plugins_view(*parts_->registry, parts_->reloader->failures()); }

base::Result<std::string> Host::hooks(const std::string& action, const std::string& type) const {
  const operation::Setup setup = parts_->conductor->setup();
  return hooks_view(*setup.hooks, setup.rules->types, action, type);
}

ReloadReport Host::reload(const ReloadRequest& request) { return parts_->reload(request); }

}  // namespace backplane::app
