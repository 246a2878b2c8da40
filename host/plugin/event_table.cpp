#include "plugin/event_table.hpp"

#include <cstddef>
#include <cstring>

#include "base/id.hpp"
#include "base/lately.hpp"
#include "base/per_thread.hpp"
#include "model/name.hpp"
#include "plugin/argument.hpp"
#include "plugin/caller.hpp"
#include "plugin/crossing.hpp"
#include "plugin/event_context.hpp"
#include "plugin/grants.hpp"
#include "plugin/instance.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using std::chrono::microseconds;

// A number of the ABI as one of an enumeration's first `count` values, which begin at 0.
template <class E>
base::Result<E> checked_choice(const char* what, std::uint32_t given, std::uint32_t count) {
  if (given < count) return static_cast<E>(given);
  return Error{Code::invalid_argument, std::string(what) + ": wanted 0 to " + std::to_string(count - 1) + ", found " + std::to_string(given)};
}

base::Result<void> add_checked_subscription(bp_self* self, const bp_subscription* given) {
  BACKPLANE_TRY(const bp_subscription wanted, checked_struct("subscribe", given, offsetof(bp_subscription, user_data)));
  Subscription copy;
  copy.function = wanted.handler;
  copy.user_data = wanted.user_data;
  copy.most_attempts = wanted.most_attempts;
  BACKPLANE_TRY(copy.name, checked_text("subscribe: name", wanted.name, 128));
  BACKPLANE_TRY(copy.pattern, checked_text("subscribe: pattern", wanted.pattern, 255));
  BACKPLANE_TRY(copy.mode, checked_choice<Mode>("subscribe: mode", wanted.mode, 3));
  BACKPLANE_TRY(copy.order, checked_choice<Order>("subscribe: order", wanted.order, 3));
  BACKPLANE_TRY(copy.replays, checked_choice<Replays>("subscribe: replays", wanted.replays, 2));
  BACKPLANE_TRY(copy.from, checked_choice<From>("subscribe: from_beginning", wanted.from_beginning, 2));
  const bool is_durable = copy.mode == Mode::durable;
  const bool has_order = copy.mode != Mode::sync || wanted.order == 0;
  if (!has_order || (!is_durable && (wanted.replays != 0 || wanted.most_attempts != 0 || wanted.from_beginning != 0)))
    return Error{Code::invalid_argument, std::string("subscribe: wanted ") + (has_order ? "" : "order, ") +
                                             "replays, most_attempts and from_beginning to be 0 in this mode"};
  return Instance::from(self).add_subscription(std::move(copy));
}

std::int32_t subscribe(bp_self* self, const bp_subscription* subscription, bp_error* error) {
  return answer(add_checked_subscription(self, subscription), error);
}

// The types that this thread's plugins published lately: good ones, and granted.
using GrantedLately = base::Lately<bool>;
GrantedLately& granted_lately() {
  static const auto* const all = new base::PerThread<GrantedLately>();
  return all->get();
}

base::Result<void> take_type(const Instance& instance, bp_string given, std::string& type) {
  GrantedLately& lately = granted_lately();
  constexpr std::size_t most = 255;
  if (given.data != nullptr && given.size <= most &&
      lately.find(instance.number(), {given.data, given.size}) != nullptr) [[likely]] {
    type.assign(given.data, given.size);
    return base::ok();
  }
  BACKPLANE_TRY(type, checked_text("publish: event_type", given, most));
  BACKPLANE_CHECK(model::check_published_type(type));
  BACKPLANE_CHECK(check_publish(instance.metadata(), instance.settings().grants, type));
  lately.remember(instance.number(), type, true);
  return base::ok();
}

base::Result<void> take_payload(const char* function, bp_string given, const base::JsonLimits& limits,
                                model::Document& payload) {
  BACKPLANE_TRY(const auto text, checked_text("publish: payload", given, most_document_bytes));
  if (text.empty()) {
    if (payload.text() != "{}") payload = {};
    return base::ok();
  }
  BACKPLANE_TRY(payload, model::Document::parse(text, limits));
  if (payload.text().front() == '{') return base::ok();
  return Error{Code::invalid_argument, std::string(function) + ": payload: wanted a JSON object"};
}

// A bp_publication, checked and completed by what it inherits. `event` may have been another's.
base::Result<Promise> take_publication(const char* function, Instance& instance, const Cause& cause,
                                       const bp_publication* given, model::Event& event) {
  BACKPLANE_TRY(const bp_publication wanted, checked_struct(function, given, offsetof(bp_publication, key)));
  PluginEvents& events = instance.events();
  BACKPLANE_TRY(const Promise promise, checked_choice<Promise>("publish: promise", wanted.promise, 3));
  BACKPLANE_CHECK(take_type(instance, wanted.event_type, event.type));
  BACKPLANE_CHECK(take_payload(function, wanted.payload, events.payload_limits(), event.payload));
  BACKPLANE_TRY(event.key, checked_text("publish: key", wanted.key, 256));
  BACKPLANE_TRY(event.id, checked_text("publish: event_id", wanted.event_id, 128));
  BACKPLANE_TRY(event.actor, checked_text("publish: actor", wanted.actor, 128));
  if (!event.id.empty()) BACKPLANE_CHECK(model::check_event_id(event.id));
  if (!event.actor.empty()) BACKPLANE_CHECK(model::check_actor(event.actor));
  constexpr std::int64_t year_10000 = 253'402'300'800'000'000;
  if (wanted.time_us < 0 || wanted.time_us >= year_10000)
    return Error{Code::invalid_argument, std::string(function) + ": time_us: wanted 0 or a time of the years 1970 to 9999, found " +
                                             std::to_string(wanted.time_us)};
  const base::UtcTime now = events.now();
  event.time = wanted.time_us == 0 ? now : base::UtcTime(microseconds(wanted.time_us));
  event.source = instance.source();
  if (event.key.empty()) event.key = cause.key;
  if (event.id.empty()) base::new_uuid(now, event.id);
  if (event.actor.empty()) event.actor = cause.actor.empty() ? event.source : cause.actor;
  event.tenant = cause.tenant;
  event.correlation_id = cause.correlation_id.empty() ? event.id : cause.correlation_id;
  event.causation_id = cause.causation_id;
  event.depth = cause.depth;
  return promise;
}

// An event to be filled in: one that was published on this thread and that nobody kept, whose texts have room, or a new
// one.
class Blank {
 public:
  Blank() {
    if (auto& spare = spare_here(); !spare.empty()) {
      event = std::move(spare.back());
      spare.pop_back();
    } else {
      event = std::make_shared<model::Event>();
    }
  }
  Blank(const Blank&) = delete;
  Blank& operator=(const Blank&) = delete;
  ~Blank() {
    constexpr std::size_t most_spare = 16, most_bytes_kept = 4096;
    if (event == nullptr || event->payload.text().size() > most_bytes_kept) return;
    if (auto& spare = spare_here(); spare.size() < most_spare) spare.push_back(std::move(event));
  }

  std::shared_ptr<model::Event> event;

 private:
  using Spare = std::vector<std::shared_ptr<model::Event>>;
  static Spare& spare_here() {
    static const auto* const all = new base::PerThread<Spare>();
    return all->get();
  }
};

base::Result<Published> publish_checked(bp_self* self, const bp_publication* publication) {
  Instance& instance = Instance::from(self);
  if (instance.is_creating())
    return Error{Code::unavailable, "publish: wanted a plugin in place, found one whose create() has not returned"};
  const HandlerContext* const here = context_here();
  const Cause cause = here != nullptr ? here->cause() : Cause{};
  Blank blank;
  BACKPLANE_TRY(const Promise promise, take_publication("publish", instance, cause, publication, *blank.event));
  if (cause.dry_run) return Error{Code::unsupported, "publish: nothing is published in a dry run (see enlist)"};
  if (promise == Promise::durable && !instance.events().has_log())
    return Error{Code::unsupported,
                 "publish: wanted an event log for the promise durable, this host has none (events.log)"};
  return instance.events().publish(cause, blank.event, promise);
}

void show(const Published& published, bp_published* out) {
  if (out == nullptr || out->struct_size < sizeof(std::uint64_t)) return;
  const std::size_t size = std::min<std::size_t>(out->struct_size, sizeof(bp_published));
  const bp_published shown{static_cast<std::uint32_t>(size), published.known ? 1u : 0u, published.position};
  std::memcpy(static_cast<void*>(out), &shown, size);
}

std::int32_t publish(bp_self* self, const bp_publication* publication, bp_published* out, bp_error* error) {
  auto published = publish_checked(self, publication);
  if (!published) return answer(std::move(published).error(), error);
  show(*published, out);
  return BP_OK;
}

base::Result<void> enlist_checked(const bp_operation* operation, const bp_publication* publication) {
  OperationContext* const context = context_of(operation);
  if (context == nullptr) return not_in_handler("enlist");
  Instance& instance = instance_here();
  Cause cause = context->cause();
  --cause.depth;  // the event belongs to the operation itself
  model::Event event;
  BACKPLANE_TRY(const Promise promise, take_publication("enlist", instance, cause, publication, event));
  if (promise != Promise::queued)
    return Error{Code::invalid_argument, "enlist: promise: wanted 0, found " +
                                             std::to_string(static_cast<std::uint32_t>(promise)) +
                                             " (an enlisted event is as durable as its operation)"};
  return context->enlist(std::move(event));
}

std::int32_t enlist(const bp_operation* operation, const bp_publication* publication, bp_error* error) {
  return answer(enlist_checked(operation, publication), error);
}

constexpr microseconds most_delay = std::chrono::hours(24 * 366);

std::int32_t decide(const char* function, const bp_event* event, Verdict verdict) {
  EventContext* const context = context_of(event);
  if (context == nullptr) return answer(not_in_handler(function), nullptr);
  if (verdict.delay < microseconds(0) || verdict.delay > most_delay)
    return answer(Error{Code::invalid_argument, std::string(function) + ": wanted a delay of 0 to 366 days, found " +
                                                    std::to_string(verdict.delay.count()) + " us"}, nullptr);
  return answer(context->decide(function, std::move(verdict)), nullptr);
}

std::int32_t retry_after(const bp_event* event, std::int64_t delay_us, bp_string message) {
  return decide("retry_after", event, {Verdict::Kind::retry, microseconds(delay_us), for_people(message, most_message_bytes)});
}

std::int32_t snooze(const bp_event* event, std::int64_t delay_us) {
  return decide("snooze", event, {Verdict::Kind::snooze, microseconds(delay_us), {}});
}

std::int32_t reject(const bp_event* event, bp_string message) {
  return decide("reject", event, {Verdict::Kind::reject, {}, for_people(message, most_message_bytes)});
}

std::int64_t remaining_us(const bp_event* event) {
  const EventContext* const context = context_of(event);
  return context == nullptr ? 0 : context->remaining().count();
}

}  // namespace

const bp_events& event_table() {
  static const bp_events table{sizeof(bp_events), 0,      subscribe, publish, enlist,
                               retry_after,       snooze, reject,    remaining_us};
  return table;
}

}  // namespace backplane::plugin
