#include "hooks/phase.hpp"

#include <nlohmann/json.hpp>
#include <span>

namespace backplane::hooks {
namespace {

using plugin::Ended;
using std::chrono::steady_clock;

// What is seen of a handler from outside, for a dry run or for its time: the state before it against the state after it.
class Observation {
 public:
  Observation(Passage& passage, model::Phase phase) : passage_(passage), phase_(phase) {
    if (!passage.reports_wanted()) return;
    began_ = steady_clock::now();
    before_ = passage.context->draft();
  }

  void end(const plugin::Hook& hook) {
    if (!passage_.reports_wanted()) return;
    HandlerReport report{&hook, phase_, steady_clock::now() - began_, "{}", 0};
    if (passage_.compare_documents) compare(report);
    passage_.reports.push_back(std::move(report));
  }

 private:
  void compare(HandlerReport& report) const {
    const plugin::Draft& after = passage_.context->draft();
    base::Json changes = base::Json::object();
    if (before_.input && after.input && before_.input != after.input)
      changes = base::changes_between(before_.input->json(), after.input->json());
    if (before_.status != after.status)
      changes["status"] = {{"old", model::name_of(before_.status)}, {"new", model::name_of(after.status)}};
    report.changes = base::to_text(changes);
    const auto count = [](const plugin::Draft& draft) { return draft.enlisted.size() + draft.events.size(); };
    report.enlisted = static_cast<std::uint32_t>(count(after) - count(before_));
  }

  Passage& passage_;
  model::Phase phase_;
  steady_clock::time_point began_;
  plugin::Draft before_;
};

// The handlers from `next` on; only the first where each is to be reported on.
std::span<const plugin::Hook* const> rest(const Passage& passage, const Handlers& handlers, std::size_t next) {
  return std::span(handlers).subspan(next, passage.reports_wanted() ? 1 : std::dynamic_extent);
}

}  // namespace

base::Task<base::Result<void>> decide(Passage& passage, const Handlers& handlers) {
  passage.context->begin_phase(model::Phase::before);
  for (std::size_t next = 0; next < handlers.size();) {
    Observation observation(passage, model::Phase::before);
    plugin::Ran ran = co_await plugin::call(passage, rest(passage, handlers, next), passage.context);
    next += ran.called;
    const plugin::Hook& last = *handlers[next - 1];
    observation.end(last);
    if (ran.ending.how == Ended::went_on) continue;
    if (ran.ending.how == Ended::rejected || last.instance->settings().on_fault == manifest::OnFault::fail)
      co_return std::move(*ran.ending.error);
  }
  co_return base::ok();
}

base::Task<bool> observe(Passage& passage, const Handlers& handlers, model::Phase phase) {
  passage.context->begin_phase(phase);
  for (std::size_t next = 0; next < handlers.size();) {
    Observation observation(passage, phase);
    const plugin::Ran ran = co_await plugin::call(passage, rest(passage, handlers, next), passage.context);
    next += ran.called;
    observation.end(*handlers[next - 1]);
  }
  co_return true;
}

}  // namespace backplane::hooks
