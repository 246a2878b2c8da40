#include <map>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "http/errand.hpp"
#include "http/event_query.hpp"

namespace backplane::http {
namespace {

using base::Json;

// "<plugin id>/<name>"
std::string name_of(const Call& call) { return call.target.segments[2] + "/" + call.target.segments[3]; }

void put_figures(Json& view, const events::QueueFigures& figures) {
  view["waiting"] = figures.waiting;
  view["refused"] = figures.refused;
  view["spilled"] = figures.spilled;
}

void put_figures(Json& view, const events::ConsumerFigures& figures) {
  view["state"] = figures.paused ? "paused" : "running";
  view["position"] = figures.floor;
  view["behind"] = figures.behind;
  view["busy"] = figures.busy;
  view["waiting"] = figures.waiting;
  view["parked"] = figures.parked;
  view["dead"] = figures.dead;
  view["generation"] = figures.generation;
  if (figures.replay_up_to > figures.floor) view["replay_up_to"] = figures.replay_up_to;
}

template <class F>
std::map<std::string, F> by_name(const std::vector<F>& all) {
  std::map<std::string, F> named;
  for (const F& one : all) named.emplace(one.subscription, one);
  return named;
}

// Those in force, in the order in which they are called.
Json in_force(const events::Bus& bus) {
  const auto queues = by_name(bus.background().figures());
  const auto consumers = by_name(bus.durable().figures());
  Json list = Json::array();
  for (const auto& instance : bus.table()->plugins()) {
    for (const plugin::Subscription& subscription : instance->subscriptions()) {
      const std::string name = events::full_name(subscription);
      Json view{{"name", name},
                {"plugin", instance->id()},
                {"pattern", subscription.pattern},
                {"mode", plugin::name_of(subscription.mode)},
                {"state", "running"},
                {"delivered", subscription.counts->delivered.load()},
                {"failed", subscription.counts->failed.load()}};
      if (const auto queue = queues.find(name); queue != queues.end()) put_figures(view, queue->second);
      if (const auto consumer = consumers.find(name); consumer != consumers.end()) put_figures(view, consumer->second);
      list.push_back(std::move(view));
    }
  }
  return list;
}

// Cursors whose plugins are gone: nobody reads on from them, and they hold back what the log may forget.
base::Result<void> add_absent(const events::Bus& bus, Json& list) {
  const auto store = bus.log();
  if (!store) return base::ok();
  BACKPLANE_TRY(const auto cursors, (*store)->deliveries().cursors());
  for (const store::Cursor& cursor : cursors) {
    const auto same = [&](const Json& view) { return view["name"] == cursor.subscription; };
    if (std::any_of(list.begin(), list.end(), same)) continue;
    const std::uint64_t end = (*store)->events().last_position();
    list.push_back({{"name", cursor.subscription},
                    {"plugin", cursor.subscription.substr(0, cursor.subscription.find('/'))},
                    {"mode", "durable"},
                    {"state", "absent"},
                    {"position", cursor.floor},
                    {"behind", end - std::min(end, cursor.floor)},
                    {"generation", cursor.generation}});
  }
  return base::ok();
}

base::Result<Json> all_subscriptions(const events::Bus& bus) {
  Json list = in_force(bus);
  BACKPLANE_CHECK(add_absent(bus, list));
  return list;
}

Response answer_one(const Call& call, const events::Bus& bus) {
  const auto list = all_subscriptions(bus);
  if (!list) return refused(list.error());
  for (const Json& view : *list)
    if (view["name"] == name_of(call)) return json_answer(base::to_text(view));
  return refused({base::Code::not_found, "subscription " + name_of(call) + ": wanted one of /v1/subscriptions, found none of that name"});
}

// Where a replay begins: after a position, or at a time.
base::Result<std::uint64_t> beginning_of(const Call& call, events::Bus& bus) {
  BACKPLANE_CHECK(check_operator(call, "subscriptions"));
  BACKPLANE_TRY(const std::uint64_t after, number_of(call, "after", 0, 0, largest_number));
  BACKPLANE_TRY(const auto since, time_of(call, "since"));
  if (!since) return after;
  if (call.target.parameter("after"))
    return base::Error{base::Code::invalid_argument, "since: wanted either since or after, found both"};
  BACKPLANE_TRY(store::Store* const store, bus.log());
  std::uint64_t before = store->events().last_position();
  BACKPLANE_CHECK(store->events().read_events({.since = since}, [&](const model::Event& event) {
    before = event.position - 1;
    return false;
  }));
  return before;
}

Response answer_paused(const Call& call, events::Bus& bus, bool paused) {
  if (const auto may = check_operator(call, "subscriptions"); !may) return refused(may.error());
  if (const auto done = bus.durable().set_paused(name_of(call), paused); !done) return refused(done.error());
  return answer_one(call, bus);
}

}  // namespace

Response answer_subscriptions(const Call&, events::Bus& bus) {
  const auto list = all_subscriptions(bus);
  return list ? json_answer(base::to_text(*list)) : refused(list.error());
}

Response answer_subscription(const Call& call, events::Bus& bus) { return answer_one(call, bus); }

Response answer_replay(const Call& call, events::Bus& bus) {
  const auto after = beginning_of(call, bus);
  if (!after) return refused(after.error());
  if (const auto begun = bus.durable().replay(name_of(call), *after); !begun) return refused(begun.error());
  return answer_one(call, bus);
}

Response answer_pause(const Call& call, events::Bus& bus) { return answer_paused(call, bus, true); }

Response answer_resume(const Call& call, events::Bus& bus) { return answer_paused(call, bus, false); }

Response answer_forget(const Call& call, events::Bus& bus) {
  if (const auto may = check_operator(call, "subscriptions"); !may) return refused(may.error());
  if (const auto done = bus.durable().forget(name_of(call)); !done) return refused(done.error());
  return json_answer(base::to_text({{"name", name_of(call)}, {"forgotten", true}}));
}

}  // namespace backplane::http
