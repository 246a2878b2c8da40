#include "events/bus.hpp"

#include <span>

#include "base/log.hpp"

namespace backplane::events {
namespace {

using base::Code;
using base::Error;
using plugin::Promise;
using plugin::Published;
using std::chrono::steady_clock;

// So many events of publishers that do not wait may be on their way into the log; beyond that they wait.
constexpr std::size_t most_unwaited = 10'000;

// Each subscriber has its own deadline, all of them together have none: an event reaches all that it matches.
constexpr auto no_end = steady_clock::time_point::max();

// Calls the sync subscribers one after another, whatever becomes of each.
base::Task<bool> call_all(plugin::Passage& passage, const Subscribers& subscribers, std::shared_ptr<plugin::EventContext> context) {
  for (std::size_t next = 0; next < subscribers.size();) {
    const plugin::Ran ran = co_await plugin::call(passage, std::span(subscribers).subspan(next), context);
    next += ran.called;
  }
  co_return true;
}

std::shared_ptr<plugin::EventContext> context_for(SharedEvent event, const std::shared_ptr<const Table>& table) {
  auto context = std::make_shared<plugin::EventContext>(std::move(event), plugin::Delivered{});
  context->pin(table);
  return context;
}

}  // namespace

// An event on its way into the log. Awaited, it comes back on the executor of the passage when it is there.
class Bus::Append {
 public:
  Append(Bus& bus, model::Event event) : bus_(bus), event_(std::make_shared<model::Event>(std::move(event))) {}

  // Begins it without waiting.
  static void begin(Bus& bus, model::Event event) {
    auto append = std::make_shared<Append>(bus, std::move(event));
    bus.log_->commit(append->unit(), [append](store::CommitResult done) {
      append->take(std::move(done));
      if (append->error_)
        base::log_error("events", "event " + append->event_->id + " (" + append->event_->type + ") was not kept: " + append->error_->message);
      append->bus_.appended_unwaited();
    });
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> publisher) {
    bus_.log_->commit(unit(), [this, publisher](store::CommitResult done) {
      take(std::move(done));
      resume_on_->post(publisher);
    });
  }
  base::Result<Published> await_resume() {
    if (error_) return std::move(*error_);
    return Published{event_->position, known_};
  }

  Append& on(base::Executor& executor) {
    resume_on_ = &executor;
    return *this;
  }
  const std::shared_ptr<model::Event>& event() const { return event_; }

 private:
  store::UnitOfWork unit() const {
    store::UnitOfWork unit{event_->actor, bus_.clock_.now(), {}};
    unit.events.push_back(*event_);
    return unit;
  }

  // On the store's thread.
  void take(store::CommitResult done) {
    if (!done) {
      error_ = std::move(done).error().error;
      return;
    }
    const store::Appended& appended = done->events.front();
    event_->position = appended.position;
    known_ = !appended.is_new;
    if (!known_) bus_.committed({event_});
  }

  Bus& bus_;
  std::shared_ptr<model::Event> event_;
  base::Executor* resume_on_ = nullptr;
  bool known_ = false;
  std::optional<Error> error_;
};

Bus::Bus(BusLimits limits, store::Store* log, const base::Clock& clock, base::WorkerPool& pool)
    : limits_(limits),
      log_(log),
      clock_(clock),
      pool_(pool),
      background_(limits.background, log == nullptr ? nullptr : &log->events(), pool),
      durable_(limits.durable, log, clock, pool),
      table_(std::make_shared<const Table>(std::vector<std::shared_ptr<plugin::Instance>>())) {}

base::Result<void> Bus::set_plugins(std::vector<std::shared_ptr<plugin::Instance>> plugins) {
  std::shared_ptr<const Table> table = std::make_shared<const Table>(std::move(plugins));
  BACKPLANE_CHECK(durable_.set_table(table));
  background_.set_table(table);
  const std::lock_guard lock(mutex_);
  table_.swap(table);
  return base::ok();
}

std::shared_ptr<const Table> Bus::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

bool Bus::may_append_unwaited() {
  const std::lock_guard lock(mutex_);
  if (unwaited_ >= most_unwaited) return false;
  ++unwaited_;
  return true;
}

void Bus::appended_unwaited() {
  const std::lock_guard lock(mutex_);
  if (--unwaited_ == 0) all_appended_.notify_all();
}

base::Result<void> Bus::check(const model::Event& event) const {
  if (!open_) return Error{Code::unavailable, "publish: the host is stopping"};
  if (event.depth <= limits_.max_depth) return base::ok();
  return Error{Code::depth_exceeded, "publish: events and operations nested deeper than " + std::to_string(limits_.max_depth)};
}

base::Task<base::Result<Published>> Bus::publish(plugin::Passage& passage, model::Event event, Promise promise) {
  if (auto good = check(event); !good) co_return std::move(good).error();
  const auto table = this->table();
  const Matches& matches = table->matches(event.type);
  Published published;
  SharedEvent shared;
  if (log_ == nullptr || promise == Promise::memory) {
    if (auto room = background_.check_room(matches.background, event); !room) co_return std::move(room).error();
    shared = std::make_shared<const model::Event>(std::move(event));
    background_.push(matches.background, shared);
    ++published_;
  } else {
    if (promise == Promise::queued && matches.sync.empty() && may_append_unwaited()) {
      Append::begin(*this, std::move(event));
      co_return published;
    }
    Append append(*this, std::move(event));
    auto appended = co_await append.on(*passage.executor);
    if (!appended || appended->known) co_return appended;
    published = *appended;
    shared = append.event();
  }
  if (!matches.sync.empty()) co_await call_all(passage, matches.sync, context_for(std::move(shared), table));
  co_return published;
}

void Bus::committed(const std::vector<SharedEvent>& events) {
  const auto table = this->table();
  bool durable = false;
  for (const SharedEvent& event : events) {
    const Matches& matches = table->matches(event->type);
    background_.push(matches.background, event);
    durable |= matches.durable;
  }
  published_ += events.size();
  if (durable) durable_.wake();
}

base::Task<bool> Bus::call_sync(plugin::Passage& passage, SharedEvent event) {
  const auto table = this->table();
  const Matches& matches = table->matches(event->type);
  passage.until = no_end;
  if (!matches.sync.empty()) co_await call_all(passage, matches.sync, context_for(std::move(event), table));
  co_return true;
}

base::Result<Published> Bus::publish(const plugin::Cause& cause, model::Event event, Promise promise) {
  return base::run_here([&](base::Executor& executor) -> base::Task<base::Result<Published>> {
    return [](Bus& bus, plugin::Passage passage, model::Event given, Promise asked) -> base::Task<base::Result<Published>> {
      co_return co_await bus.publish(passage, std::move(given), asked);
    }(*this, {.executor = &executor, .pool = pool_, .until = no_end, .inside = cause.inside}, std::move(event), promise);
  });
}

Drained Bus::close(steady_clock::time_point deadline) {
  open_ = false;
  {
    std::unique_lock lock(mutex_);
    all_appended_.wait_until(lock, deadline, [&] { return unwaited_ == 0; });
  }
  Drained drained = background_.drain(deadline);
  drained.busy += durable_.stop(deadline);
  return drained;
}

}  // namespace backplane::events
