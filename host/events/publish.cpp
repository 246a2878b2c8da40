// Publishing, from the check of an event to its last sync subscriber: into the log, unless the promise is memory, then
// to those who are called for it.
#include <algorithm>

#include "base/log.hpp"
#include "events/bus.hpp"
#include "events/key_queue.hpp"
#include "events/sync_calls.hpp"
#include "plugin/call_slot.hpp"

namespace backplane::events {
namespace {

using base::Code;
using base::Error;
using plugin::Promise;
using plugin::Published;
using std::chrono::steady_clock;

// So many publications for which nobody waits here may be under way: beyond that a plugin waits, and a caller is turned
// away.
constexpr std::size_t most_under_way = 10'000;
constexpr std::size_t most_bytes_under_way = 64 << 20;  // of their events

std::size_t bytes_of(const std::vector<model::Event>& events) {
  std::size_t bytes = 0;
  for (const model::Event& event : events) bytes += KeyQueue::bytes_of(event);
  return bytes;
}

// A thread of a plugin's own must not wait for that plugin's gate: while it is closed, stop() waits for such threads.
void leave_out(const plugin::Instance& closed, Subscribers& subscribers, plugin::Company& plugins) {
  std::erase(plugins, &closed);
  std::erase_if(subscribers, [&](const plugin::Subscription* one) {
    if (one->instance != &closed) return false;
    one->counts->add(false);
    base::log_warning("plugin:" + closed.id(), described(*one) + " is not called for what a thread of its own plugin published: it is being reloaded");
    return true;
  });
}

}  // namespace

// Events on their way into the log, all of them or none. Awaited, it comes back on the executor of the passage when
// they are there.
class Bus::Append {
 public:
  Append(Bus& bus, std::vector<model::Event> events) : bus_(bus) {
    events_.reserve(events.size());
    for (model::Event& event : events) events_.push_back(std::make_shared<model::Event>(std::move(event)));
  }

  // Begins it without waiting. So many bytes were entered for it.
  static void begin(Bus& bus, std::vector<model::Event> events, std::size_t bytes) {
    auto append = std::make_shared<Append>(bus, std::move(events));
    bus.log_->commit(append->unit(), [append, bytes](store::CommitResult done) {
      append->take(std::move(done));
      if (append->error_) append->tell_loss();
      append->bus_.leave(bytes);
    });
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> publisher) {
    bus_.log_->commit(unit(), [this, publisher](store::CommitResult done) {
      take(std::move(done));
      resume_on_->post(publisher);
    });
  }
  base::Result<std::vector<Published>> await_resume() {
    if (error_) return std::move(*error_);
    return std::move(published_);
  }

  Append& on(base::Executor& executor) {
    resume_on_ = &executor;
    return *this;
  }
  // In the order given.
  const std::vector<std::shared_ptr<model::Event>>& events() const { return events_; }

 private:
  store::UnitOfWork unit() const {
    store::UnitOfWork unit{events_.front()->actor, bus_.clock_.now(), {}};
    for (const auto& event : events_) unit.events.push_back(*event);
    return unit;
  }

  // On the store's thread.
  void take(store::CommitResult done) {
    if (!done) {
      error_ = std::move(done).error().error;
      return;
    }
    std::vector<SharedEvent> fresh;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const store::Appended& appended = done->events[i];
      events_[i]->position = appended.position;
      published_.push_back({appended.position, !appended.is_new});
      if (appended.is_new) fresh.push_back(events_[i]);
    }
    if (!fresh.empty()) bus_.committed(fresh);
  }

  void tell_loss() const {
    for (const auto& event : events_)
      base::log_error("events", "event " + event->id + " (" + event->type + ") was not kept: " + error_->message);
  }

  Bus& bus_;
  std::vector<std::shared_ptr<model::Event>> events_;
  std::vector<Published> published_;
  base::Executor* resume_on_ = nullptr;
  std::optional<Error> error_;
};

// False: too much is under way.
bool Bus::enter(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (under_way_ >= most_under_way || (under_way_ > 0 && bytes_under_way_ + bytes > most_bytes_under_way)) return false;
  ++under_way_;
  bytes_under_way_ += bytes;
  return true;
}

// For a publisher who waits himself.
void Bus::begin(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++under_way_;
  bytes_under_way_ += bytes;
}

void Bus::leave(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_under_way_ -= bytes;
  if (--under_way_ == 0) all_done_.notify_all();
}

base::Result<void> Bus::check(const model::Event& event) const {
  if (!open_) return Error{Code::unavailable, "publish: the host is stopping"};
  if (event.depth <= limits_.max_depth) return base::ok();
  return Error{Code::depth_exceeded,
               "publish: events and operations nested deeper than " + std::to_string(limits_.max_depth)};
}

base::Task<base::Result<Published>> Bus::publish(plugin::Passage& passage, model::Event event, Promise promise) {
  if (auto good = check(event); !good) co_return std::move(good).error();
  const auto table = this->table();
  const Matches& matches = table->matches(event.type);
  Published published;
  if (log_ == nullptr || promise == Promise::memory) {
    if (auto room = background_.check_room(event); !room) co_return std::move(room).error();
    co_await hand_out(passage, std::make_shared<const model::Event>(std::move(event)));
    co_return published;
  }
  std::vector<model::Event> one;
  one.push_back(std::move(event));
  const std::size_t bytes = bytes_of(one);
  if (promise == Promise::queued && matches.sync.empty() && enter(bytes)) {
    Append::begin(*this, std::move(one), bytes);
    co_return published;
  }
  Append append(*this, std::move(one));
  auto appended = co_await append.on(*passage.executor);
  if (!appended) co_return std::move(appended).error();
  published = appended->front();
  if (published.known || matches.sync.empty()) co_return published;
  co_await call_sync(passage, append.events().front());
  co_return published;
}

// An event that is in no log, to those who are called for it.
base::Task<bool> Bus::hand_out(plugin::Passage& passage, SharedEvent event) {
  background_.push(event);
  published_.add();
  co_return co_await call_sync(passage, std::move(event));
}

base::Task<base::Result<std::vector<Published>>> Bus::publish_all(plugin::Passage& passage,
                                                                  std::vector<model::Event> events, Promise promise) {
  const auto table = this->table();
  bool called = false;
  for (const model::Event& event : events) {
    if (auto good = check(event); !good) co_return std::move(good).error();
    const Matches& matches = table->matches(event.type);
    called = called || !matches.sync.empty();
    if (promise != Promise::memory) continue;
    if (auto room = background_.check_room(event); !room) co_return std::move(room).error();
  }
  std::vector<Published> published(events.size());
  if (promise == Promise::memory) {
    // All of them had room: what one sets off meanwhile takes it from none.
    for (model::Event& event : events)
      co_await hand_out(passage, std::make_shared<const model::Event>(std::move(event)));
    co_return published;
  }
  const std::size_t bytes = bytes_of(events);
  if (promise == Promise::queued && !called && enter(bytes)) {
    Append::begin(*this, std::move(events), bytes);
    co_return published;
  }
  Append append(*this, std::move(events));
  auto appended = co_await append.on(*passage.executor);
  if (!appended) co_return appended;
  for (std::size_t i = 0; i < appended->size(); ++i) {
    if (!(*appended)[i].known) co_await call_sync(passage, append.events()[i]);
  }
  co_return appended;
}

void Bus::submit(std::vector<model::Event> events, Promise promise, Done done) {
  if (log_ == nullptr && promise == Promise::durable)
    return done(Error{Code::unsupported,
                      "publish: wanted an event log for the promise durable, this host has none (events.log)"});
  const std::size_t bytes = bytes_of(events);
  if (!enter(bytes))
    return done(Error{Code::unavailable, "publish: wanted at most " + std::to_string(most_under_way) +
                                             " publications and " + std::to_string(most_bytes_under_way >> 20u) +
                                             " MiB under way, found more"});
  if (log_ == nullptr) promise = Promise::memory;
  auto run = [](Bus& bus, std::vector<model::Event> given,
                Promise asked) -> base::Task<base::Result<std::vector<Published>>> {
    co_await base::on(bus.pool_);
    plugin::Passage passage{.executor = &bus.pool_, .pool = bus.pool_, .until = no_end};
    co_return co_await bus.publish_all(passage, std::move(given), asked);
  };
  base::start(run(*this, std::move(events), promise),
              [this, bytes, answer = std::move(done)](base::Result<std::vector<Published>> published) {
                answer(std::move(published));
                leave(bytes);
              });
}

base::Task<bool> Bus::call_sync(plugin::Passage& passage, SharedEvent event) {
  passage.until = no_end;
  for (;;) {
    const auto table = this->table();
    const Matches& matches = table->matches(event->type);
    if (matches.sync.empty()) co_return true;
    Subscribers subscribers = matches.sync;
    plugin::Company plugins = matches.plugins;
    const auto stay = std::make_shared<plugin::Stay>(table);
    if (const plugin::Instance* const closed = stay->try_enter(plugins)) {
      if (closed->source() == passage.thread_of) leave_out(*closed, subscribers, plugins);
      const auto entered = co_await stay->enter(plugins, *passage.executor, no_end);
      if (!entered || *entered == plugin::Entering::again) continue;
    }
    auto context = std::make_shared<plugin::EventContext>(std::move(event), plugin::Delivered{});
    context->pin(stay);
    co_await events::call_sync(passage, subscribers, std::move(context));
    stay->end();
    co_return true;
  }
}

base::Result<Published> Bus::publish(const plugin::Cause& cause, std::shared_ptr<model::Event>& event,
                                     Promise promise) {
  if (log_ == nullptr || promise == Promise::memory) return publish_in_memory(cause, event);
  return publish_here(cause, event, promise);
}

// On this thread, which waits.
base::Result<Published> Bus::publish_here(const plugin::Cause& cause, std::shared_ptr<model::Event>& event,
                                          Promise promise) {
  const std::size_t bytes = KeyQueue::bytes_of(*event);
  begin(bytes);
  std::string thread_of = plugin::inside_handler() ? std::string() : event->source;
  auto published = base::run_here([&](base::Executor& executor) -> base::Task<base::Result<Published>> {
    return [](Bus& bus, plugin::Passage passage, model::Event given,
              Promise asked) -> base::Task<base::Result<Published>> {
      co_return co_await bus.publish(passage, std::move(given), asked);
    }(*this, {.executor = &executor, .pool = pool_, .until = no_end, .inside = cause.inside, .thread_of = std::move(thread_of)}, std::move(*event),
                             promise);
  });
  event.reset();
  leave(bytes);
  return published;
}

}  // namespace backplane::events
