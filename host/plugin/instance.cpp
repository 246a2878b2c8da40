#include "plugin/instance.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "manifest/scalar.hpp"
#include "model/event_pattern.hpp"
#include "model/name.hpp"
#include "plugin/caller.hpp"
#include "plugin/grants.hpp"
#include "plugin/host_table.hpp"

namespace backplane::plugin {
namespace {

constexpr std::size_t most_hooks = 1024;
constexpr std::size_t most_subscriptions = 1024;
constexpr std::size_t most_pointers = 4096;
constexpr std::uint32_t all_phases = BP_BEFORE | BP_AFTER | BP_ON_SUCCESS | BP_ON_FAILURE;

// What a lifecycle call came to, shared with the thread that makes it: it may come back when nobody waits any more.
struct LifecycleCall {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::string why;  // empty: it succeeded
  std::string details;
};

void make_call(LifecycleCall& call, const std::function<std::int32_t()>& function) {
  std::string why;
  try {
    if (const std::int32_t status = function(); status != BP_OK) why = "returned " + std::to_string(status);
  } catch (const std::exception& error) {
    why = std::string("threw an exception: ") + error.what();
  } catch (...) {
    why = "threw something that is not a std::exception";
  }
  FaultText said = take_fault_text(0);
  const std::lock_guard lock(call.mutex);
  call.why = why.empty() || said.message.empty() ? why : said.message;
  call.details = std::move(said.details);
  call.done = true;
  call.changed.notify_one();
}

// Calls a function of the plugin's table on a thread of its own, so that one that never returns does not take ours.
// timeout: it did not return, and is still inside; plugin_fault: it failed, or an exception came out.
base::Result<void> call_lifecycle(const std::string& id, const char* step, std::function<std::int32_t()> function,
                                  std::chrono::microseconds patience) {
  const auto call = std::make_shared<LifecycleCall>();
  const std::string what = "plugin '" + id + "': step " + step + ": ";
  std::thread thread;
  try {
    thread = std::thread([call, function = std::move(function)] { make_call(*call, function); });
  } catch (const std::system_error& error) {
    return base::Error{base::Code::unavailable, what + "no thread to call it on: " + error.what(), {}, {}, id};
  }
  std::unique_lock lock(call->mutex);
  if (!call->changed.wait_for(lock, patience, [&] { return call->done; })) {
    thread.detach();
    return base::Error{base::Code::timeout, what + "did not return within " + manifest::to_text(patience), {}, {}, id};
  }
  lock.unlock();
  thread.join();  // with the destructors of its thread-local variables, which may be the plugin's
  if (call->why.empty()) return base::ok();
  return base::Error{base::Code::plugin_fault, what + call->why, {}, call->details, id};
}

// Instances with a thread inside that may come back when nobody else knows of them any more: they stay until the process ends.
void keep_for_good(Instance* instance) {
  static auto* const kept = new base::Guarded<std::vector<Instance*>>();
  kept->with([&](auto& all) { all.push_back(instance); });
}

// The name of one that the plugin gave none: no given name has a '#'.
std::string numbered(std::size_t before) { return "#" + std::to_string(before + 1); }

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

Instance::Instance(OpenedPlugin opened, std::uint64_t generation, manifest::PluginSettings settings,
                   std::chrono::microseconds deadline, Services services)
    : opened_(std::move(opened)),
      generation_(generation),
      number_(next_number()),
      settings_(std::move(settings)),
      source_("plugin:" + settings_.id),
      deadline_(deadline),
      services_(services) {
  // The manifest may make a plugin serial, never concurrent: its code may rely on what it says of itself.
  serial_ = opened_.metadata.threading == Threading::serial || settings_.threading == manifest::Threading::serial;
}

base::Result<std::shared_ptr<Instance>> Instance::create(OpenedPlugin opened, std::uint64_t generation,
                                                         manifest::PluginSettings settings,
                                                         std::chrono::microseconds deadline, Services services) {
  // One whose thread is still inside is never deleted: what that thread may touch must stay.
  std::shared_ptr<Instance> instance(new Instance(std::move(opened), generation, std::move(settings), deadline, services),
                                     [](Instance* one) {
                                       if (one->end()) delete one;
                                       else keep_for_good(one);
                                     });
  Instance* const made = instance.get();
  made->is_creating_ = true;
  auto created = made->call("create", [made] {
    made->creator_ = std::this_thread::get_id();
    return made->opened_.table->create(&host_table(), made->to_abi(), &made->instance_);
  });
  made->is_creating_ = false;
  made->creator_ = std::thread::id();
  if (!created) return std::move(created).error();
  instance->created_ = true;
  BACKPLANE_CHECK(instance->find_state_table());
  return instance;
}

base::Error Instance::error_at(base::Code code, const char* step, const std::string& why) const {
  return {code, "plugin '" + id() + "': step " + step + ": " + why, {}, {}, id()};
}

base::Result<void> Instance::check_nobody_is_inside(const char* step) const {
  if (stuck_threads() == 0) return base::ok();
  return error_at(base::Code::conflict, step, "not called, as a thread is inside that was given up");
}

base::Result<void> Instance::call(const char* step, std::function<std::int32_t()> function, std::chrono::microseconds patience) {
  BACKPLANE_CHECK(check_nobody_is_inside(step));
  auto called = call_lifecycle(id(), step, std::move(function), patience);
  if (!called && called.error().code == base::Code::timeout) {
    has_hung_ = true;
    thread_is_stuck();
  }
  return called;
}

base::Result<void> Instance::start(std::chrono::microseconds patience) {
  if (opened_.table->start != nullptr)
    BACKPLANE_CHECK(call("start", [this] { return opened_.table->start(instance_); }, patience));
  started_ = true;
  return base::ok();
}

base::Result<void> Instance::stop(std::chrono::microseconds patience) {
  if (!started_) return base::ok();
  BACKPLANE_CHECK(check_nobody_is_inside("stop"));
  started_ = false;
  if (opened_.table->stop == nullptr) return base::ok();
  return call("stop", [this] { return opened_.table->stop(instance_); }, patience);
}

base::Result<void> Instance::destroy() {
  if (!created_ || started_ || stuck_threads() != 0) return base::ok();
  created_ = false;
  return call("destroy", [this] {
    opened_.table->destroy(instance_);
    return BP_OK;
  });
}

bool Instance::end() {
  if (stuck_threads() == 0)
    if (const auto stopped = stop(); !stopped) base::log_error("plugin", stopped.error().message);
  if (const auto destroyed = destroy(); !destroyed) base::log_error("plugin", destroyed.error().message);
  // Once is enough: a thread that comes back just now may still be on its way out.
  is_kept_ = is_kept_ || created_ || stuck_threads() != 0;
  unload();
  return !is_kept_;
}

Unloading Instance::unload() {
  if (unloaded_) return *unloaded_;
  const bool is_stuck = created_ || stuck_threads() != 0;  // not destroyed: somebody was inside until just now
  if (is_stuck) base::log_warning("plugin:" + id(), "a thread is still inside: its code stays loaded until the process ends");
  if (is_stuck || (gate.is_retired() && opened_.metadata.unload == Unload::park)) {
    std::move(opened_.library).park();
    unloaded_ = Unloading::parked;
  } else {
    unloaded_ = std::move(opened_.library).close() == Closed::unmapped ? Unloading::closed : Unloading::still_mapped;
  }
  return *unloaded_;
}

std::uint64_t Instance::code_bytes() const {
  std::error_code failed;
  const auto size = std::filesystem::file_size(opened_.library.file(), failed);
  return failed ? 0 : size;
}

bool Instance::is_loaded_from(const std::filesystem::path& file) const { return has_same_bytes(opened_.library.file(), file); }

base::Result<void> Instance::check_creating(const char* function) const {
  if (creator_.load() == std::this_thread::get_id()) return base::ok();
  return base::Error{base::Code::unsupported, std::string(function) + ": wanted a call inside create(), on the thread that runs it"};
}

base::Result<void> Instance::add_hook(Hook hook) {
  const auto wrong = [&](const std::string& text) { return base::Error{base::Code::invalid_argument, "add_hook: " + text}; };
  BACKPLANE_CHECK(check_creating("add_hook"));
  if (hook.function == nullptr) return wrong("wanted a handler, found NULL");
  if (hook.phases == 0 || (hook.phases & ~all_phases) != 0)
    return wrong("wanted one or more of the phases 1, 2, 4 and 8, found the bits " + std::to_string(hook.phases));
  if (hook.actions.empty() || !hook.actions.without(model::actions::full).empty())
    return wrong("wanted one or more known actions, found the bits " + std::to_string(hook.actions.bits()));
  if (hooks_.size() >= most_hooks) return base::Error{base::Code::too_large, "add_hook: at most " + std::to_string(most_hooks) + " hooks"};
  if (hook.name.empty()) hook.name = numbered(hooks_.size());
  else if (auto good = model::check_hook_name(hook.name); !good) return wrong(good.error().message);
  for (const Hook& other : hooks_)
    if (other.name == hook.name) return wrong("the name '" + hook.name + "' is given twice");
  BACKPLANE_CHECK(check_hook(opened_.metadata, settings_.grants, {hook.phases, hook.actions, hook.types}));
  hook.instance = this;
  hook.deadline = settings_.deadline.value_or(deadline_);
  hooks_.push_back(std::move(hook));
  return base::ok();
}

base::Result<void> Instance::add_subscription(Subscription subscription) {
  const auto wrong = [&](const std::string& text) { return base::Error{base::Code::invalid_argument, "subscribe: " + text}; };
  BACKPLANE_CHECK(check_creating("subscribe"));
  if (subscription.function == nullptr) return wrong("wanted a handler, found NULL");
  BACKPLANE_CHECK(model::check_event_pattern(subscription.pattern));
  if (subscriptions_.size() >= most_subscriptions)
    return base::Error{base::Code::too_large, "subscribe: at most " + std::to_string(most_subscriptions) + " subscriptions"};
  if (subscription.mode == Mode::durable) {
    if (subscription.name.empty()) return wrong("wanted a name for a durable subscription, found none (its place in the log is kept under it)");
    if (!services_.events.has_log())
      return base::Error{base::Code::unsupported, "subscribe: wanted an event log for the durable subscription '" + subscription.name +
                                                      "', this host has none (events.log)"};
  }
  if (subscription.name.empty()) subscription.name = numbered(subscriptions_.size());
  else if (auto good = model::check_subscription_name(subscription.name); !good) return wrong(good.error().message);
  for (const Subscription& other : subscriptions_)
    if (other.name == subscription.name) return wrong("the name '" + subscription.name + "' is given twice");
  BACKPLANE_CHECK(check_subscribe(opened_.metadata, settings_.grants, subscription.pattern));
  subscription.instance = this;
  subscription.deadline = settings_.deadline.value_or(deadline_);
  subscriptions_.push_back(std::move(subscription));
  return base::ok();
}

base::Result<const Pointer*> Instance::compile_pointer(std::string text) {
  return pointers_.with([&](auto& pointers) -> base::Result<const Pointer*> {
    if (const auto known = pointers.find(text); known != pointers.end()) return known->second.get();
    if (pointers.size() >= most_pointers)
      return base::Error{base::Code::too_large, "compile_pointer: at most " + std::to_string(most_pointers) + " pointers"};
    BACKPLANE_TRY(auto compiled, Pointer::parse(text));
    const auto [place, is_new] = pointers.emplace(std::move(text), std::make_unique<const Pointer>(std::move(compiled)));
    return place->second.get();
  });
}

}  // namespace backplane::plugin
