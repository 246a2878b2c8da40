// A consumer's call of its handler for one event: whether it may be now, what is written down before it, the call itself. What becomes
// of the event then is in consumer_outcomes.cpp.
#include <span>

#include "events/consumer.hpp"

namespace backplane::events {
namespace {

using std::chrono::steady_clock;

constexpr auto between_trials = std::chrono::milliseconds(10);

// Keeps progress and comes back on the pool.
struct Keep {
  store::Store& store;
  store::Progress progress;
  base::Executor& resume_on;
  base::Result<void> result = base::ok();

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    store.deliveries().keep(std::move(progress), [this, waiting](base::Result<void> kept) {
      result = std::move(kept);
      resume_on.post(waiting);
    });
  }
  base::Result<void> await_resume() { return std::move(result); }
};

}  // namespace

base::Task<bool> Consumer::perform(Job job) {
  if (auto instead = prepare(job)) {
    settle(job, std::move(*instead));
    co_return false;
  }
  if (job.written_before) {
    const base::Result<void> written = co_await write_attempt(job);
    if (!written) {
      settle(job, Verdict{Verdict::Kind::later, after_storage_error, written.error().message});
      co_return false;
    }
  }
  Verdict verdict = co_await call(job);
  settle(job, std::move(verdict));
  co_return true;
}

// Completes the job, so that its handler can be called. A verdict: it is not to be called, or not now.
std::optional<Consumer::Verdict> Consumer::prepare(Job& job) {
  // Its time is still to come.
  if (const auto now = around_.clock.now(); job.known && job.known->next_at > now)
    return Verdict{Verdict::Kind::later, job.known->next_at - now, job.known->error};
  if (job.suspect && around_.trial.test_and_set()) return Verdict{Verdict::Kind::later, between_trials, {}};
  job.on_trial = job.suspect;
  if (job.event) return std::nullopt;
  auto found = around_.store.events().event_at(job.position);
  if (!found && found.error().code != base::Code::not_found)
    return Verdict{Verdict::Kind::later, after_storage_error, found.error().message};
  // It is no longer in the log: nobody can be told of it.
  if (!found) return Verdict{Verdict::Kind::done};
  job.event = std::make_shared<const model::Event>(std::move(*found));
  job.key = job.event->key;
  return std::nullopt;
}

base::Task<base::Result<void>> Consumer::write_attempt(const Job& job) {
  store::Delivery attempt{.position = job.position,
                          .state = store::DeliveryState::attempted,
                          .attempts = job.attempts + 1,
                          .next_at = {},
                          .key = job.key,
                          .error = {},
                          .updated_at = around_.clock.now()};
  Keep keep{around_.store, progress_->at_once(std::move(attempt)), around_.pool};
  base::Result<void> kept = co_await keep;
  const std::lock_guard lock(mutex_);
  rows_.insert(job.position);
  co_return kept;
}

base::Task<Consumer::Verdict> Consumer::call(const Job& job) {
  const plugin::Delivered how{plugin::Mode::durable, job.attempts + 1, job.position <= cursor_.replay_up_to};
  const auto stay = std::make_shared<plugin::Stay>(table_);
  const plugin::Company company{subscription_.instance};
  // A gate is closed when its consumers have come to a stop: this one may be on its way there.
  const auto entered = co_await stay->enter(company, around_.pool, steady_clock::now() + subscription_.deadline);
  if (!entered || *entered == plugin::Entering::again) co_return Verdict{Verdict::Kind::not_called, between_trials, {}};
  auto context = std::make_shared<plugin::EventContext>(job.event, how);
  context->pin(stay);
  plugin::Passage passage{
      .executor = &around_.pool, .pool = around_.pool, .until = steady_clock::now() + subscription_.deadline * 2};
  const plugin::Subscription* const one = &subscription_;
  const plugin::Ran ran = co_await plugin::call(passage, std::span(&one, 1), context);
  stay->end();
  co_return verdict_of(ran, *context);
}

}  // namespace backplane::events
