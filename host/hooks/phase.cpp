#include "hooks/phase.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "plugin/invocation.hpp"

namespace backplane::hooks {
namespace {

using base::Code;
using plugin::Ended;
using plugin::Ending;
using std::chrono::microseconds;
using std::chrono::steady_clock;

std::string name_of(const plugin::Hook& hook) {
  return "handler '" + hook.name + "' of plugin '" + hook.instance->id() + "'";
}

// The serial plugins that the handler's own operations are inside of.
std::vector<const plugin::Instance*> with(std::vector<const plugin::Instance*> inside, const plugin::Instance& instance) {
  if (instance.serial()) inside.push_back(&instance);
  return inside;
}

// What the handler may take: its deadline, or less when the budget is nearly spent.
microseconds allowed_for(const plugin::Hook& hook, const Passage& passage) {
  return std::min(hook.deadline, std::chrono::duration_cast<microseconds>(passage.until - steady_clock::now()));
}

void count(const plugin::Hook& hook, const Ending& ending) {
  plugin::Instance& instance = *hook.instance;
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
      base::log_warning("plugin:" + instance.id(), "not called: " + ending.error.message);
      return;
  }
  base::log_error("plugin:" + instance.id(), ending.error.message);
  if (ending.held_up) {
    instance.breaker.not_tried();
    return;
  }
  if (instance.breaker.failed())
    base::log_error("plugin:" + instance.id(), "quarantined: too many faults in a row; it is tried again after a pause");
}

// The report of a handler that has just run, for a dry run or for its time.
HandlerReport report(const Passage& passage, const plugin::Hook& hook, model::Phase phase, steady_clock::time_point began,
                     const plugin::Draft& before) {
  HandlerReport made{&hook, phase, steady_clock::now() - began, "{}", 0};
  if (!passage.compare_documents) return made;
  const plugin::Draft& after = passage.context->draft();
  base::Json changes = base::Json::object();
  if (before.input && after.input && before.input != after.input)
    changes = base::changes_between(before.input->json(), after.input->json());
  if (before.status != after.status)
    changes["status"] = {{"old", model::name_of(before.status)}, {"new", model::name_of(after.status)}};
  made.changes = base::to_text(changes);
  made.enlisted = static_cast<std::uint32_t>(after.enlisted.size() - before.enlisted.size());
  return made;
}

// Why a handler was not called.
Ending skipped(const plugin::Hook& hook, Code code, std::string why) {
  return {Ended::skipped, {code, std::move(why), {}, {}, hook.instance->id()}};
}

Ending no_turn(const plugin::Hook& hook) {
  return skipped(hook, Code::timeout, name_of(hook) + " did not get its turn in time (the plugin is serial)");
}

Ending budget_spent(const plugin::Hook& hook) {
  return skipped(hook, Code::timeout, "the time for all handlers of this phase was spent before " + name_of(hook));
}

Ending quarantined(const plugin::Hook& hook) {
  return skipped(hook, Code::unavailable, "plugin '" + hook.instance->id() + "' is quarantined after repeated faults");
}

// Calls one handler and comes back on the executor of the passage.
base::Task<Ending> call(Passage& passage, const plugin::Hook& hook, model::Phase phase) {
  plugin::Instance& instance = *hook.instance;
  const bool has_turn = std::find(passage.inside.begin(), passage.inside.end(), &instance) != passage.inside.end();
  const plugin::Turns turns = instance.serial() && !has_turn ? plugin::Turns::taken : plugin::Turns::none;
  if (turns == plugin::Turns::taken) {
    const bool granted = co_await instance.turn.take(*passage.executor, steady_clock::now() + allowed_for(hook, passage));
    if (!granted) co_return no_turn(hook);
  }
  // What is left now, after the wait.
  const auto allowed = allowed_for(hook, passage);
  if (allowed <= microseconds(0)) {
    if (turns == plugin::Turns::taken) instance.turn.release();
    co_return budget_spent(hook);
  }
  passage.context->begin_handler(phase, allowed);
  if (instance.serial() || !passage.inside.empty()) passage.context->set_inside(with(passage.inside, instance));
  Ending ending = co_await plugin::Invocation(hook, passage.context, allowed, turns);
  if (ending.given_up) {
    // A serial plugin's turn stays with the thread that does not come back.
    passage.executor = &passage.pool;
  } else if (turns == plugin::Turns::taken) {
    instance.turn.release();
  }
  co_return ending;
}

// Runs one handler and counts what became of it.
base::Task<Ending> run(Passage& passage, const plugin::Hook& hook, model::Phase phase) {
  plugin::Instance& instance = *hook.instance;
  if (!instance.breaker.allows()) {
    Ending ending = quarantined(hook);
    count(hook, ending);
    co_return ending;
  }
  const bool reports = passage.measure_time || passage.compare_documents;
  const auto began = reports ? steady_clock::now() : steady_clock::time_point();
  const plugin::Draft before = reports ? passage.context->draft() : plugin::Draft();
  Ending ending = co_await call(passage, hook, phase);
  count(hook, ending);
  if (ending.how == Ended::skipped) instance.breaker.not_tried();
  if (ending.how == Ended::faulted) passage.context->undo_handler();
  if (reports) passage.reports.push_back(report(passage, hook, phase, began, before));
  co_return ending;
}

}  // namespace

base::Task<base::Result<void>> decide(Passage& passage, const Handlers& handlers) {
  for (const plugin::Hook* hook : handlers) {
    Ending ending = co_await run(passage, *hook, model::Phase::before);
    if (ending.how == Ended::went_on) continue;
    if (ending.how == Ended::rejected || hook->instance->settings().on_fault == manifest::OnFault::fail)
      co_return std::move(ending.error);
  }
  co_return base::ok();
}

base::Task<bool> observe(Passage& passage, const Handlers& handlers, model::Phase phase) {
  for (const plugin::Hook* hook : handlers) co_await run(passage, *hook, phase);
  co_return true;
}

}  // namespace backplane::hooks
