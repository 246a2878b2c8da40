#include "events/sync_calls.hpp"

#include <future>
#include <span>

#include "plugin/sync_run.hpp"

namespace backplane::events {
namespace {

using plugin::EventContext;
using plugin::Lineup;
using plugin::Subscription;
using Calls = std::span<const Lineup::Call>;
using Inside = std::vector<const plugin::Instance*>;

base::Task<bool> call_all(plugin::Passage& passage, std::span<const Subscription* const> subscribers,
                          std::shared_ptr<EventContext> context) {
  for (std::size_t next = 0; next < subscribers.size();) {
    const plugin::Ran ran = co_await plugin::call(passage, subscribers.subspan(next), context);
    for (std::size_t i = next; i < next + ran.called; ++i)
      subscribers[i]->counts->add(i + 1 < next + ran.called || ran.ending.how == plugin::Ended::went_on);
    next += ran.called;
  }
  co_return true;
}

void count_good(Calls calls) {
  for (const Lineup::Call& one : calls) one.subscription->counts->delivered.add();
}

// All that a publisher whose thread is held up leaves to others.
struct Rest {
  std::shared_ptr<plugin::Stay> stay;
  const Lineup& lineup;
  std::size_t next;  // the first one that was not called
  plugin::Returned returned;
  std::shared_ptr<EventContext> context;
  base::WorkerPool& pool;
  Inside inside;
};

base::Task<bool> call_rest(Rest rest) {
  co_await base::on(rest.pool);
  const Subscription& given_up = *rest.lineup.subscriptions()[rest.next - 1];
  given_up.counts->add(plugin::conclude(given_up, *rest.context, rest.returned));
  plugin::Passage passage{.executor = &rest.pool, .pool = rest.pool, .until = no_end, .inside = rest.inside};
  co_await call_all(passage, rest.lineup.subscriptions().subspan(rest.next), rest.context);
  rest.stay->end();
  co_return true;
}

// Of somebody whose way keeps the table.
std::shared_ptr<plugin::Stay> stay_in(const Table& table) {
  auto stay = std::make_shared<plugin::Stay>(table.shared_from_this());
  stay->enter_held(table.company());
  return stay;
}

// A run of a lineup's calls, from the one at `first` on.
class Run final : public plugin::SyncRun {
 public:
  Run(const Table& table, const Lineup& lineup, std::size_t first, std::size_t count,
      std::shared_ptr<EventContext>& context, base::WorkerPool& pool, const Inside& inside)
      : SyncRun(lineup.calls().subspan(first, count), context),
        table_(table),
        lineup_(lineup),
        first_(first),
        pool_(pool),
        inside_(inside) {}

 private:
  void go_on(plugin::Returned returned, std::shared_ptr<EventContext> context, std::promise<void> ended) override {
    const std::size_t next = first_ + returned.called;
    count_good(lineup_.calls().subspan(first_, returned.called - 1));
    base::start(
        call_rest({std::move(stay_), lineup_, next, std::move(returned), std::move(context), pool_, inside_}),
        [done = std::make_shared<std::promise<void>>(std::move(ended))](bool) { done->set_value(); });
  }
  std::shared_ptr<const plugin::Stay> stay() override { return stay_ = stay_in(table_); }

  const Table& table_;
  const Lineup& lineup_;
  const std::size_t first_;
  base::WorkerPool& pool_;
  const Inside& inside_;
  std::shared_ptr<plugin::Stay> stay_;
};

// From the one at `first` on, which is of a serial plugin: it may have to wait for its turn.
void call_as_coroutine(const Table& table, const Lineup& lineup, std::size_t first,
                       std::shared_ptr<EventContext> context, base::WorkerPool& pool, const Inside& inside) {
  const auto stay = stay_in(table);
  context->pin(stay);
  base::run_here([&](base::Executor& executor) {
    return [](std::span<const Subscription* const> rest, std::shared_ptr<EventContext> given,
              plugin::Passage passage) -> base::Task<bool> {
      co_return co_await call_all(passage, rest, std::move(given));
    }(lineup.subscriptions().subspan(first), std::move(context),
                                       {.executor = &executor, .pool = pool, .until = no_end, .inside = inside});
  });
  stay->end();
}

}  // namespace

base::Task<bool> call_sync(plugin::Passage& passage, const Subscribers& subscribers,
                           std::shared_ptr<EventContext> context) {
  return call_all(passage, subscribers, std::move(context));
}

bool call_sync_here(const Table& table, const Lineup& lineup, std::shared_ptr<EventContext>& context,
                    base::WorkerPool& pool, const Inside& inside) {
  const Calls calls = lineup.calls();
  plugin::CallSlot& slot = plugin::CallSlot::of_this_thread();
  context->set_company(&table.company());
  if (!inside.empty() || !context->inside().empty()) context->set_inside(inside);
  for (std::size_t next = 0; next < calls.size();) {
    const Subscription& first = *calls[next].subscription;
    if (calls[next].row == 0) {
      call_as_coroutine(table, lineup, next, std::move(context), pool, inside);
      return false;
    }
    plugin::Breaker& breaker = first.instance->breaker;
    if (!breaker.allows()) {
      plugin::skip(first);
      first.counts->add(false);
      ++next;
      continue;
    }
    Run run(table, lineup, next, breaker.is_clean() ? calls[next].row : 1, context, pool, inside);
    if (!run.run(slot)) return false;
    if (run.is_clean() && run.called() == calls.size()) [[likely]] {
      lineup.count();
      return true;
    }
    const std::size_t last = next + run.called() - 1;
    count_good(calls.subspan(next, run.called() - 1));
    const Subscription& stopped_at = *calls[last].subscription;
    stopped_at.counts->add(run.is_clean() || plugin::conclude(stopped_at, *context, run.returned()));
    next = last + 1;
  }
  return true;
}

}  // namespace backplane::events
