#include "app/view.hpp"

#include <nlohmann/json.hpp>

namespace backplane::app {
namespace {

using base::Json;

Json names_of_phases(std::uint32_t phases) {
  Json names = Json::array();
  for (std::size_t i = 0; i < model::phase_count; ++i)
    if ((phases & static_cast<std::uint32_t>(model::phase_at(i))) != 0) names.push_back(model::name_of(model::phase_at(i)));
  return names;
}

Json names_of_actions(model::ActionSet actions) {
  Json names = Json::array();
  for (std::size_t i = 0; i < model::action_count; ++i)
    if (actions.contains(model::action_at(i))) names.push_back(model::name_of(model::action_at(i)));
  return names;
}

Json view_of(const plugin::Hook& hook) {
  return {{"name", hook.name},
          {"phases", names_of_phases(hook.phases)},
          {"actions", names_of_actions(hook.actions)},
          {"types", hook.types.empty() ? Json::array({"*"}) : Json(hook.types)}};
}

Json view_of(const plugin::Instance& instance) {
  const plugin::Metadata& metadata = instance.metadata();
  Json view{{"id", instance.id()},
            {"version", metadata.version},
            {"description", metadata.description},
            {"state", instance.breaker.is_open() ? "quarantined" : "running"},
            {"generation", instance.generation()},
            {"library", instance.settings().library_path.string()},
            {"threading", instance.serial() ? "serial" : "concurrent"},
            {"hooks", Json::array()},
            {"calls",
             {{"rejections", instance.counters.rejections.load()},
              {"faults", instance.counters.faults.load()},
              {"timeouts", instance.counters.timeouts.load()},
              {"skipped", instance.counters.skipped.load()},
              {"stuck_threads", instance.stuck_threads()}}}};
  for (const plugin::Hook& hook : instance.hooks()) view["hooks"].push_back(view_of(hook));
  return view;
}

void put_metric(std::string& text, std::string_view name, std::string_view labels, std::uint64_t value) {
  text.append("backplane_").append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

void put_head(std::string& text, std::string_view name, std::string_view kind, std::string_view help) {
  text.append("# HELP backplane_").append(name).append(" ").append(help).append("\n# TYPE backplane_");
  text.append(name).append(" ").append(kind).append("\n");
}

template <class F>
void put_per_plugin(std::string& text, const plugin::Registry& registry, std::string_view name, std::string_view kind,
                    std::string_view help, F value) {
  put_head(text, name, kind, help);
  for (const auto& instance : registry.instances())
    put_metric(text, name, "{plugin=\"" + instance->id() + "\"}", value(*instance));
}

}  // namespace

std::string plugins_view(const plugin::Registry& registry) {
  Json list = Json::array();
  for (const auto& instance : registry.instances()) list.push_back(view_of(*instance));
  for (const auto& one : registry.left_out())
    list.push_back({{"id", one.id}, {"state", "left_out"}, {"error", one.error.message}});
  return base::to_text(list);
}

base::Result<std::string> hooks_view(const hooks::Table& table, const operation::Types& types, const std::string& action,
                                     const std::string& type) {
  const auto set = model::actions_named(action);
  if (!set || !std::has_single_bit(set->bits()))
    return base::Error{base::Code::invalid_argument, "action: wanted one of " + to_string(model::actions::full) + ", found " +
                                                         base::quote_json(action.substr(0, 100))};
  BACKPLANE_TRY([[maybe_unused]] const operation::Type* known, types.get(type));
  const hooks::Chain& chain = table.chain(static_cast<model::Action>(set->bits()), type);
  Json handlers = Json::array();
  for (std::size_t i = 0; i < model::phase_count; ++i) {
    for (const plugin::Hook* hook : chain.of(model::phase_at(i)))
      handlers.push_back({{"phase", model::name_of(model::phase_at(i))},
                          {"plugin", hook->instance->id()},
                          {"handler", hook->name},
                          {"deadline_ms", std::chrono::duration<double, std::milli>(hook->deadline).count()},
                          {"on_fault", hook->instance->settings().on_fault == manifest::OnFault::fail ? "fail" : "ignore"}});
  }
  return base::to_text({{"action", action}, {"type", type}, {"handlers", std::move(handlers)}});
}

std::string types_view(const operation::Types& types) {
  Json list = Json::array();
  for (const std::string& name : types.names()) {
    const operation::Type& type = *types.find(name);
    list.push_back({{"type", name}, {"schema", type.schema.has_value()}, {"index", type.index}});
  }
  return base::to_text(list);
}

std::string metrics_view(const plugin::Registry& registry, const store::Store& store, const base::WorkerPool& pool,
                         const operation::Conductor& conductor) {
  std::string text;
  put_per_plugin(text, registry, "plugin_rejections_total", "counter", "Operations that a plugin rejected",
                 [](const plugin::Instance& one) { return one.counters.rejections.load(); });
  put_per_plugin(text, registry, "plugin_faults_total", "counter", "Handlers that broke",
                 [](const plugin::Instance& one) { return one.counters.faults.load(); });
  put_per_plugin(text, registry, "plugin_timeouts_total", "counter", "Handlers that overstayed their deadline",
                 [](const plugin::Instance& one) { return one.counters.timeouts.load(); });
  put_per_plugin(text, registry, "plugin_skipped_total", "counter", "Calls not made, for quarantine",
                 [](const plugin::Instance& one) { return one.counters.skipped.load(); });
  put_per_plugin(text, registry, "plugin_quarantined", "gauge", "1: not called for now, after repeated faults",
                 [](const plugin::Instance& one) { return std::uint64_t{one.breaker.is_open()}; });
  put_per_plugin(text, registry, "plugin_stuck_threads", "gauge", "Threads that a handler has not given back",
                 [](const plugin::Instance& one) { return std::uint64_t{one.stuck_threads()}; });
  const store::StoreFigures figures = store.figures();
  put_head(text, "store_commits_total", "counter", "Units of work committed");
  put_metric(text, "store_commits_total", "", figures.commits);
  put_head(text, "store_batches_total", "counter", "Transactions, each one sync to disk");
  put_metric(text, "store_batches_total", "", figures.batches);
  put_head(text, "store_failures_total", "counter", "Units of work refused");
  put_metric(text, "store_failures_total", "", figures.failures);
  put_head(text, "store_file_bytes", "gauge", "Size of the store's files");
  put_metric(text, "store_file_bytes", "", figures.file_bytes);
  put_head(text, "worker_threads", "gauge", "Threads of the worker pool");
  put_metric(text, "worker_threads", "", pool.threads());
  put_head(text, "operations_waiting", "gauge", "Operations that wait for a worker thread");
  put_metric(text, "operations_waiting", "", conductor.waiting());
  put_head(text, "operations_turned_away_total", "counter", "Operations refused because too many were waiting");
  put_metric(text, "operations_turned_away_total", "", conductor.turned_away());
  return text;
}

}  // namespace backplane::app
