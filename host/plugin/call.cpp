#include "plugin/call.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "plugin/invocation.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// The serial plugins that the handler's own calls are inside of.
std::vector<const Instance*> with(std::vector<const Instance*> inside, const Instance& instance) {
  if (instance.serial()) inside.push_back(&instance);
  return inside;
}

void count(const Handler& handler, const Ending& ending) {
  Instance& instance = *handler.instance;
  if (ending.given_up) ++instance.counters.timeouts;
  switch (ending.how) {
    case Ended::went_on: instance.breaker.succeeded(); return;
    case Ended::rejected:
      ++instance.counters.rejections;
      if (!ending.given_up) {
        instance.breaker.succeeded();
        return;
      }
      break;
    case Ended::faulted: ++instance.counters.faults; break;
    case Ended::timed_out: break;
    case Ended::skipped:
      ++instance.counters.skipped;
      base::log_warning("plugin:" + instance.id(), "not called: " + ending.error->message);
      return;
  }
  base::log_error("plugin:" + instance.id(), ending.error->message);
  if (ending.held_up) {
    instance.breaker.not_tried();
    return;
  }
  if (!instance.breaker.failed()) return;
  base::log_error("plugin:" + instance.id(), "quarantined: too many faults in a row; it is tried again after a pause");
  instance.events().announce("quarantined", instance);
}

Ending ended(Ended how, base::Error error) { return {how, std::make_unique<base::Error>(std::move(error))}; }

// Why a handler was not called.
Ending skipped(const Handler& handler, Code code, std::string why) {
  return ended(Ended::skipped, {code, std::move(why), {}, {}, handler.instance->id()});
}

Ending no_turn(const Handler& handler) {
  handler.instance->breaker.not_tried();
  return skipped(handler, Code::timeout, described(handler) + " did not get its turn in time (the plugin is serial)");
}

Ending budget_spent(const Handler& handler) {
  handler.instance->breaker.not_tried();
  return skipped(handler, Code::timeout, "the time for all handlers was spent before " + described(handler));
}

Ending quarantined(const Handler& handler) {
  const bool for_good = handler.instance->breaker.is_shut();
  return skipped(handler, Code::unavailable,
                 "plugin '" + handler.instance->id() +
                     (for_good ? "' is not called any more until it is reloaded" : "' is quarantined after repeated faults"));
}

Ending broken(const Handler& handler, const Returned& returned) {
  return returned.taken ? ended(Ended::timed_out, timeout_of(handler, returned)) : ended(Ended::faulted, fault_of(handler, returned));
}

Ending ending_of(const Hook& hook, OperationContext& context, const Returned& returned) {
  // A rejection always rejects, whatever came after it.
  if (auto rejection = context.take_rejection()) return ended(Ended::rejected, std::move(*rejection));
  if (returned.status == BP_OK && !returned.taken) [[likely]]
    return {};
  if (!returned.taken && !returned.thrown && returned.status == BP_REJECTED && context.phase == BP_BEFORE)
    return ended(Ended::rejected,
                 {Code::rejected, described(hook) + " rejected the operation without saying why", {}, {}, hook.instance->id()});
  Ending ending = broken(hook, returned);
  if (ending.how == Ended::faulted) context.undo_handler();
  return ending;
}

Ending ending_of(const Subscription& subscription, const EventContext& context, const Returned& returned) {
  if (!returned.taken && (returned.status == BP_OK || context.verdict().kind != Verdict::Kind::none)) [[likely]]
    return {};
  return broken(subscription, returned);
}

template <class H>
Ran counted(std::span<const H* const> handlers, Ran ran) {
  count(*handlers[ran.called - 1], ran.ending);
  return ran;
}

template <class H>
base::Task<Ran> call_any(Passage& passage, std::span<const H* const> handlers,
                         std::shared_ptr<typename H::Context>& context) {
  const H& first = *handlers.front();
  Instance& instance = *first.instance;
  if (!instance.breaker.allows()) co_return counted(handlers, {1, quarantined(first)});
  const bool has_turn = std::find(passage.inside.begin(), passage.inside.end(), &instance) != passage.inside.end();
  const Turns turns = instance.serial() && !has_turn ? Turns::taken : Turns::none;
  if (turns == Turns::taken) {
    const bool granted =
        co_await instance.turn.take(*passage.executor, std::min(passage.until, steady_clock::now() + first.deadline));
    if (!granted) co_return counted(handlers, {1, no_turn(first)});
  }
  // What is left now, after the wait.
  Remaining remaining(passage.until);
  if (remaining.left() <= microseconds(0)) {
    if (turns == Turns::taken) instance.turn.release();
    co_return counted(handlers, {1, budget_spent(first)});
  }
  context->set_inside(with(passage.inside, instance));
  const auto in_one_go = handlers.subspan(0, is_plain(first) ? std::dynamic_extent : 1);
  const Returned returned = co_await Invocation<H>(in_one_go, context, remaining, turns);
  Ran ran{returned.called, ending_of(*handlers[returned.called - 1], *context, returned)};
  ran.ending.given_up = returned.taken;
  ran.ending.held_up = returned.held_up;
  if (returned.taken) {
    // A serial plugin's turn stays with the thread that does not come back.
    passage.executor = &passage.pool;
  } else if (turns == Turns::taken) {
    instance.turn.release();
  }
  co_return counted(handlers, std::move(ran));
}

}  // namespace

bool conclude(const Subscription& subscription, const EventContext& context, const Returned& returned) {
  Ending ending = ending_of(subscription, context, returned);
  ending.given_up = returned.taken;
  ending.held_up = returned.held_up;
  count(subscription, ending);
  return ending.how == Ended::went_on;
}

void skip(const Subscription& subscription) { ++subscription.instance->counters.skipped; }

base::Task<Ran> call(Passage& passage, std::span<const Hook* const> handlers,
                     std::shared_ptr<OperationContext>& context) {
  return call_any<Hook>(passage, handlers, context);
}

base::Task<Ran> call(Passage& passage, std::span<const Subscription* const> handlers,
                     std::shared_ptr<EventContext>& context) {
  return call_any<Subscription>(passage, handlers, context);
}

}  // namespace backplane::plugin
