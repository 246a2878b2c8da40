#include "plugin/sync_run.hpp"

namespace backplane::plugin {

bool SyncRun::run(CallSlot& slot) {
  EventContext& context = *context_;
  const Lineup::Call* call = calls_.data();
  const Lineup::Call* const end = call + calls_.size();
  const auto allowed = call->subscription->deadline;
  CallSlot::Visit visit(slot, this, &context, context.subject());
  context.begin_handler(allowed, slot.recent_time());
  std::uint64_t number = first_number_ = visit.enter_row(calls_.size(), allowed);
  visit.step(*call->subscription, number);
  for (;; ++number) {
    const std::int32_t status = call_function(*call, *context.subject(), thrown_);
    const bool is_good = status == BP_OK && !context.was_touched();
    const Lineup::Call* const next = call + 1;
    const bool goes_on = is_good && next != end && is_plain(*next->subscription);
    if (goes_on)
      visit.step(*next->subscription, number + 1);
    else
      visit.step_out();
    const bool is_claimed = visit.is_claimed(number);
    if (goes_on && !is_claimed) [[likely]] {
      context.begin_next(slot.recent_time());
      call = next;
      continue;
    }
    called_ = static_cast<std::size_t>(next - calls_.data());
    is_clean_ = is_good && call->subscription->instance->breaker.is_clean();
    status_ = status;
    return !is_claimed || !was_taken(visit, goes_on ? number + 1 : number);
  }
}

Returned SyncRun::returned() {
  Returned returned;
  returned.called = called_;
  returned.status = status_;
  returned.number = first_number_ + called_ - 1;
  returned.thrown = std::move(thrown_);
  return returned;
}

// The watchdog wanted the run in the last handler called: it has it or let go. In between it may even have found the
// next one overdue, which was announced and is not called any more.
bool SyncRun::was_taken(CallSlot::Visit& visit, std::uint64_t last_announced) {
  visit.step_out();
  for (std::uint64_t number = first_number_ + called_ - 1; number <= last_announced; ++number) {
    Instance& instance = *calls_[number - first_number_].subscription->instance;
    if (!visit.was_taken(number, [&] { came_back_late(instance, Turns::none); })) continue;
    ended_.wait();
    return true;
  }
  return false;
}

std::shared_ptr<const void> SyncRun::take_over(std::uint64_t number, Whereabouts whereabouts) {
  Returned returned;
  returned.called = number - first_number_ + 1;
  returned.number = number;
  returned.taken = true;
  returned.held_up = whereabouts == Whereabouts::further_in;
  calls_[number - first_number_].subscription->instance->thread_is_stuck();
  std::shared_ptr<EventContext> late = context_;
  returned.allowed = late->allowed();
  late->pin(stay());
  std::promise<void> ended;
  ended_ = ended.get_future();
  go_on(std::move(returned), std::static_pointer_cast<EventContext>(late->abandon()), std::move(ended));
  return late;
}

}  // namespace backplane::plugin
