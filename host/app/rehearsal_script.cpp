#include "app/rehearsal_script.hpp"

#include <algorithm>

#include "base/id.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using operation::Recorded;

std::string text_in(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool comes_by_itself(const model::Event& event, const Cast& cast) {
  if (!model::check_published_type(event.type)) return true;
  if (cast.others) return event.source.starts_with("plugin:");
  return event.source == "plugin:" + cast.plugin;
}

base::Result<model::Event> event_from(const Json& json) {
  if (!json.is_object())
    return Error{Code::invalid_argument, "an event: wanted an object, found " + base::to_text(json).substr(0, 100)};
  model::Event event;
  event.id = text_in(json, "event_id");
  event.type = text_in(json, "event_type");
  event.tenant = text_in(json, "tenant_id");
  event.actor = text_in(json, "actor_id");
  event.source = text_in(json, "source");
  event.key = text_in(json, "key");
  event.correlation_id = text_in(json, "correlation_id");
  event.causation_id = text_in(json, "causation_id");
  auto time = base::from_rfc3339(text_in(json, "timestamp"));
  if (!time) return base::within("event " + event.id + ": timestamp", std::move(time).error());
  event.time = *time;
  const auto payload = json.find("payload");
  // Whatever is in the log was within the host's limits.
  constexpr base::JsonLimits limits{std::size_t{1} << 30, 1024};
  BACKPLANE_TRY(event.payload, model::Document::from(payload == json.end() ? Json::object() : *payload, limits));
  return event;
}

base::Result<void> add_operations(const Json& list, std::vector<Step>& steps) {
  for (const Json& one : list) {
    BACKPLANE_TRY(auto recorded, operation::recorded_from(one));
    if (recorded.request.action == model::Action::create && recorded.request.id.empty())
      recorded.request.id = recorded.id = base::new_uuid(recorded.time);
    const base::UtcTime time = recorded.time;
    steps.push_back({time, std::move(recorded)});
  }
  return base::ok();
}

// A publisher may give an event any time; none is taken to be older than the first operation, to which the store is
// taken back.
base::Result<void> add_events(const Json& list, const Cast& cast, std::vector<Step>& steps) {
  const auto first = steps.empty() ? base::UtcTime::min() : steps.front().time;
  for (const Json& one : list) {
    BACKPLANE_TRY(auto event, event_from(one));
    const auto time = std::max(event.time, first);
    if (!comes_by_itself(event, cast)) steps.push_back({time, std::move(event)});
  }
  return base::ok();
}

}  // namespace

std::string name_of(const Step& step) {
  if (const auto* const event = std::get_if<model::Event>(&step.what))
    return "event " + event->type + (event->source.empty() ? "" : " from " + event->source);
  const operation::Request& request = std::get<Recorded>(step.what).request;
  return std::string(model::name_of(request.action)) + ' ' + request.type +
         (request.id.empty() ? "" : "/" + request.id) + " by " + request.caller.actor;
}

const std::string& tenant_of(const Step& step) {
  if (const auto* const event = std::get_if<model::Event>(&step.what)) return event->tenant;
  return std::get<Recorded>(step.what).request.caller.tenant;
}

base::Result<std::vector<Step>> script_of(const Json& recorded, const Json& events, const Cast& cast,
                                          std::size_t most) {
  if (!recorded.is_array() || !events.is_array())
    return Error{Code::invalid_argument,
                 "what was recorded: wanted a list, found " + base::to_text(recorded).substr(0, 100)};
  std::vector<Step> steps;
  BACKPLANE_CHECK(add_operations(recorded, steps));
  BACKPLANE_CHECK(add_events(events, cast, steps));
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.time < b.time; });
  if (steps.size() > most) steps.erase(steps.begin(), steps.end() - static_cast<std::ptrdiff_t>(most));
  return steps;
}

}  // namespace backplane::app
