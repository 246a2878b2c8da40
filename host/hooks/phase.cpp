#include "hooks/phase.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

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
      base::log_warning("plugin:" + instance.id(), "not called: " + ending.error->message);
      return;
  }
  base::log_error("plugin:" + instance.id(), ending.error->message);
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
  return {Ended::skipped, std::make_unique<base::Error>(base::Error{code, std::move(why), {}, {}, hook.instance->id()})};
}

Ending no_turn(const plugin::Hook& hook) {
  hook.instance->breaker.not_tried();
  return skipped(hook, Code::timeout, name_of(hook) + " did not get its turn in time (the plugin is serial)");
}

Ending budget_spent(const plugin::Hook& hook) {
  hook.instance->breaker.not_tried();
  return skipped(hook, Code::timeout, "the time for all handlers of this phase was spent before " + name_of(hook));
}

Ending quarantined(const plugin::Hook& hook) {
  return skipped(hook, Code::unavailable, "plugin '" + hook.instance->id() + "' is quarantined after repeated faults");
}

// The handlers from `next` on as far as they are called in one go: only the first where it is to be reported on, or where the
// turn of its plugin is taken for it.
std::span<const plugin::Hook* const> in_one_go(const Passage& passage, const Handlers& handlers, std::size_t next) {
  const bool one = passage.reports_wanted() || !plugin::is_plain(*handlers[next]);
  return std::span(handlers).subspan(next, one ? 1 : std::dynamic_extent);
}

// Calls the handlers from `next` on as far as nothing has to be decided between them, one at least, and comes back on the
// executor of the passage.
base::Task<plugin::Ran> call(Passage& passage, const Handlers& handlers, std::size_t next, model::Phase phase) {
  const plugin::Hook& hook = *handlers[next];
  plugin::Instance& instance = *hook.instance;
  if (!instance.breaker.allows()) co_return plugin::Ran{1, quarantined(hook)};
  const bool has_turn = std::find(passage.inside.begin(), passage.inside.end(), &instance) != passage.inside.end();
  const plugin::Turns turns = instance.serial() && !has_turn ? plugin::Turns::taken : plugin::Turns::none;
  if (turns == plugin::Turns::taken) {
    const bool granted = co_await instance.turn.take(*passage.executor, std::min(passage.until, steady_clock::now() + hook.deadline));
    if (!granted) co_return plugin::Ran{1, no_turn(hook)};
  }
  // What is left now, after the wait.
  plugin::Remaining remaining(passage.until);
  if (remaining.left() <= microseconds(0)) {
    if (turns == plugin::Turns::taken) instance.turn.release();
    co_return plugin::Ran{1, budget_spent(hook)};
  }
  passage.context->set_inside(with(passage.inside, instance));
  plugin::Ran ran = co_await plugin::Invocation(in_one_go(passage, handlers, next), passage.context, phase, remaining, turns);
  if (ran.ending.given_up) {
    // A serial plugin's turn stays with the thread that does not come back.
    passage.executor = &passage.pool;
  } else if (turns == plugin::Turns::taken) {
    instance.turn.release();
  }
  co_return ran;
}

// Around a call: what a handler did is looked at before and after.
class Observation {
 public:
  Observation(Passage& passage, model::Phase phase) : passage_(passage), phase_(phase) {
    if (!passage.reports_wanted()) return;
    began_ = steady_clock::now();
    before_ = passage.context->draft();
  }

  // After the call; `last` is the handler that was called last.
  void end(const plugin::Hook& last, const Ending& ending) {
    count(last, ending);
    if (ending.how == Ended::faulted) passage_.context->undo_handler();
    if (passage_.reports_wanted()) passage_.reports.push_back(report(passage_, last, phase_, began_, before_));
  }

 private:
  Passage& passage_;
  model::Phase phase_;
  steady_clock::time_point began_;
  plugin::Draft before_;
};

}  // namespace

base::Task<base::Result<void>> decide(Passage& passage, const Handlers& handlers) {
  for (std::size_t next = 0; next < handlers.size();) {
    Observation observation(passage, model::Phase::before);
    plugin::Ran ran = co_await call(passage, handlers, next, model::Phase::before);
    next += ran.called;
    const plugin::Hook& last = *handlers[next - 1];
    observation.end(last, ran.ending);
    if (ran.ending.how == Ended::went_on) continue;
    if (ran.ending.how == Ended::rejected || last.instance->settings().on_fault == manifest::OnFault::fail)
      co_return std::move(*ran.ending.error);
  }
  co_return base::ok();
}

base::Task<bool> observe(Passage& passage, const Handlers& handlers, model::Phase phase) {
  for (std::size_t next = 0; next < handlers.size();) {
    Observation observation(passage, phase);
    const plugin::Ran ran = co_await call(passage, handlers, next, phase);
    next += ran.called;
    observation.end(*handlers[next - 1], ran.ending);
  }
  co_return true;
}

}  // namespace backplane::hooks
