#include "operation/rig.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>

#include "manifest/read.hpp"
#include "plugin/private_copy.hpp"
#include "store/open.hpp"
#include "support/catch.hpp"

namespace backplane::tests {
namespace {

using namespace std::chrono_literals;

// note has a schema and indexed members; task has neither.
std::vector<manifest::ResourceType> declared_types() {
  const auto schema = base::Json::parse(R"({"type":"object","properties":{"title":{"type":"string"},"priority":{"type":"integer"}}})");
  return {{"note", schema, {"/title", "/priority"}}, {"task", std::nullopt, {}}};
}

template <class T>
T must(base::Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}

}  // namespace

Rig::Rig(const std::function<void(manifest::OperationSettings&)>& adjust, const events::BusLimits& limits, Log log, const base::Clock* clock)
    : clock_(clock != nullptr ? *clock : machine_clock_) {
  settings_ = manifest::default_settings().operations;
  settings_.budget = 10s;
  settings_.deadline = 5s;
  settings_.keep_answers = 1h;
  if (adjust) adjust(settings_);
  auto types = must(operation::Types::from(declared_types()));
  store_ = must(store::open_sqlite({.path = directory_ / "backplane.db"}));
  REQUIRE(store_->declare(types.indexes(), [](const std::string&) {}));
  pool_ = std::make_unique<base::WorkerPool>(base::WorkerPool::Size{settings_.workers, settings_.max_workers});
  bus_ = std::make_unique<events::Bus>(limits, log == Log::kept ? store_.get() : nullptr, clock_, *pool_);
  conductor_ = std::make_unique<operation::Conductor>(settings_, std::move(types), *store_, *bus_, clock_, *pool_);
  transfers_ = std::make_unique<operation::StoreTransfers>(*conductor_, *store_, clock_, base::JsonLimits{});
  load({});
}

void Rig::load(const std::vector<Plug>& plugs) {
  std::vector<manifest::PluginSettings> entries;
  for (const Plug& plug : plugs) {
    manifest::PluginSettings entry;
    entry.id = plug.id.empty() ? plug.fixture : plug.id;
    std::replace(entry.id.begin(), entry.id.end(), '_', '-');
    entry.library = entry.library_path = fixture(plug.fixture).string();
    entry.config = must(model::Document::parse(plug.config));
    entry.grants.hooks["*"] = model::actions::full;
    if (plug.adjust) plug.adjust(entry);
    entries.push_back(std::move(entry));
  }
  watchdog_.reset();
  const auto run_directory = directory_ / "run";
  std::filesystem::create_directories(run_directory);
  REQUIRE(plugin::prepare_run_directory(run_directory));
  registry_ = must(plugin::Registry::load(entries, settings_.deadline, {run_directory, BACKPLANE_PROBE},
                                           plugin::Services{*conductor_, *bus_}));
  if (auto started = registry_->start(); !started) FAIL(started.error().message);
  conductor_->set_hooks(std::make_shared<const hooks::Table>(registry_->instances(), conductor_->setup().rules->types.names()));
  REQUIRE(bus_->set_plugins(registry_->instances()));
  watchdog_ = std::make_unique<plugin::Watchdog>(*pool_, [this] {
    for (const auto& instance : registry_->instances())
      if (instance->serial()) instance->turn.expire(plugin::Turn::Clock::now());
    bus_->tick();
  });
  conductor_->open();
}

Rig::~Rig() {
  conductor_->refuse_callers();
  // Nothing may be taken from handlers that are still inside.
  if (bus_->close(std::chrono::steady_clock::now() + 60s).busy != 0) std::abort();
  conductor_->close(5s);
  static_cast<void>(bus_->set_plugins({}));
  conductor_->set_hooks(std::make_shared<const hooks::Table>(plugin::Instances(), std::vector<std::string>()));
  watchdog_.reset();
  registry_->stop();
  pool_->stop(5s);
  store_->close();
}

operation::Outcome Rig::run(operation::Request request) {
  std::promise<operation::Outcome> promise;
  conductor_->submit(std::move(request), [&](operation::Outcome outcome) { promise.set_value(std::move(outcome)); });
  auto future = promise.get_future();
  // No assertion of Catch2's: tests call this on several threads.
  if (future.wait_for(60s) != std::future_status::ready) {
    std::fputs("an operation did not end within 60 s\n", stderr);
    std::abort();
  }
  return future.get();
}

operation::Outcome Rig::create(const std::string& id, const std::string& document) {
  return run(request(model::Action::create, id, document));
}
operation::Outcome Rig::get(const std::string& id) { return run(request(model::Action::get, id)); }
operation::Outcome Rig::update(const std::string& id, const std::string& document) {
  return run(request(model::Action::update, id, document));
}
operation::Outcome Rig::act(model::Action action, const std::string& id, const std::string& body) {
  return run(request(action, id, body));
}

std::vector<std::string> Rig::recorded() const {
  std::ifstream file(record());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string Rig::recording(const std::string& more) const {
  return "{\"record\":" + base::quote_json(record()) + (more.empty() ? "" : "," + more) + "}";
}

operation::Request request(model::Action action, const std::string& id, const std::string& body) {
  operation::Request made;
  made.action = action;
  made.caller.actor = "ann";
  made.type = "note";
  made.id = id;
  made.body = body;
  return made;
}

base::Error error_of(const operation::Outcome& outcome) {
  if (outcome.answer) FAIL("wanted an error, found " + outcome.answer->body);
  return outcome.answer.error();
}

base::Json body_of(const operation::Outcome& outcome) {
  if (!outcome.answer) FAIL("wanted an answer, found " + outcome.answer.error().message);
  return base::Json::parse(outcome.answer->body);
}

}  // namespace backplane::tests
