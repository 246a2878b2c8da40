// Publishing in memory, from a plugin: nothing is waited for, so that all of it happens on the publisher's own stack,
// with what its thread used before, and neither a lock nor a count that threads share is on the way of an event that
// only sync subscribers are given.
#include <optional>

#include "base/per_thread.hpp"
#include "events/bus.hpp"
#include "events/sync_calls.hpp"
#include "plugin/call_slot.hpp"

namespace backplane::events {
namespace {

// The context of an event in memory: one of this thread's that nobody kept, or a new one.
struct Reused {
  explicit Reused(const std::shared_ptr<model::Event>& event) {
    if (auto& spare = spare_here(); !spare.empty()) {
      context = std::move(spare.back());
      spare.pop_back();
      context->take(event);
    } else {
      context = std::make_shared<plugin::EventContext>(event, plugin::Delivered{});
    }
  }
  Reused(const Reused&) = delete;
  Reused& operator=(const Reused&) = delete;
  ~Reused() {
    if (context == nullptr) return;
    context->let_go();
    spare_here().push_back(std::move(context));
  }

  std::shared_ptr<plugin::EventContext> context;

 private:
  using Spare = std::vector<std::shared_ptr<plugin::EventContext>>;
  static Spare& spare_here() {
    static const auto* const all = new base::PerThread<Spare>();
    return all->get();
  }
};

// The way of a publisher's thread: while it is on it, the table that it found stays.
class Way {
 public:
  explicit Way(const std::atomic<const Table*>& current)
      : slot_(plugin::CallSlot::of_this_thread()), table_(*slot_.hold(current)) {}
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  ~Way() { slot_.let_go(); }
  const Table& table() const { return table_; }

 private:
  plugin::CallSlot& slot_;
  const Table& table_;
};

}  // namespace

base::Result<plugin::Published> Bus::publish_in_memory(const plugin::Cause& cause,
                                                       std::shared_ptr<model::Event>& event) {
  BACKPLANE_CHECK(check(*event));
  std::optional<Way> way(std::in_place, current_);
  const Matches& matches = way->table().matches_again(event->type);
  if (matches.lineup == nullptr && !matches.sync.empty()) [[unlikely]] {
    // One of them is being replaced: that may have to be waited for.
    way.reset();
    return publish_here(cause, event, plugin::Promise::memory);
  }
  if (!matches.background.empty()) {
    BACKPLANE_CHECK(background_.check_room(*event));
    background_.push(event);
  }
  published_.add();
  bool is_kept = !matches.background.empty();
  if (matches.lineup != nullptr) {
    Reused reused(event);
    is_kept |= !call_sync_here(way->table(), *matches.lineup, reused.context, pool_, cause.inside);
    if (is_kept) reused.context.reset();
  }
  if (is_kept) event.reset();
  return plugin::Published{};
}

}  // namespace backplane::events
