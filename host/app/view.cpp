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

Json view_of(const plugin::Subscription& subscription) {
  return {{"name", subscription.name}, {"pattern", subscription.pattern}, {"mode", plugin::name_of(subscription.mode)}};
}

Json view_of(const plugin::Instance& instance) {
  const plugin::Metadata& metadata = instance.metadata();
  Json view{{"id", instance.id()},
            {"version", metadata.version},
            {"description", metadata.description},
            {"state", !instance.gate.is_open() ? "reloading" : instance.breaker.is_open() ? "quarantined" : "running"},
            {"generation", instance.generation()},
            {"library", instance.settings().library_path.string()},
            {"threading", instance.serial() ? "serial" : "concurrent"},
            {"hooks", Json::array()},
            {"subscriptions", Json::array()},
            {"calls",
             {{"rejections", instance.counters.rejections.load()},
              {"faults", instance.counters.faults.load()},
              {"timeouts", instance.counters.timeouts.load()},
              {"skipped", instance.counters.skipped.load()},
              {"stuck_threads", instance.stuck_threads()}}}};
  for (const plugin::Hook& hook : instance.hooks()) view["hooks"].push_back(view_of(hook));
  for (const plugin::Subscription& subscription : instance.subscriptions()) view["subscriptions"].push_back(view_of(subscription));
  return view;
}

}  // namespace

std::string plugins_view(const plugin::Registry& registry, const std::map<std::string, std::string>& reload_failures) {
  Json list = Json::array();
  for (const auto& instance : registry.instances()) {
    Json view = view_of(*instance);
    if (const auto failure = reload_failures.find(instance->id()); failure != reload_failures.end()) view["reload_error"] = failure->second;
    for (const plugin::Parked& parked : registry.parked())
      if (parked.id == instance->id())
        view["parked"].push_back({{"generation", parked.generation}, {"why", parked.why}, {"bytes", parked.bytes}});
    list.push_back(std::move(view));
  }
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

base::Result<std::string> recorded_view(const operation::Recorder& recorder, std::size_t most) {
  if (!recorder.is_on())
    return base::Error{base::Code::conflict,
                       "operations are not recorded: wanted a host that was started with --record N or --dev, found neither"};
  Json list = Json::array();
  for (const auto& recorded : recorder.last(most)) list.push_back(operation::to_json(*recorded));
  return base::to_text(list);
}

}  // namespace backplane::app
