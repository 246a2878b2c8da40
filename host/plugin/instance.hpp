// One generation of a plugin, loaded: its library, its instance, the hooks that it registered, and what it was seen
// to do. Lives as long as anything may call into it; then its last owner's thread stops, destroys and closes it.
//
// If a function of the plugin's table does not return in time, the host calls nothing of this instance any more, whether it comes
// back or not: no handler, no start, save, stop or destroy. Its library stays in memory until the process ends.
#pragma once

#include <backplane/state.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "plugin/breaker.hpp"
#include "plugin/events.hpp"
#include "plugin/gate.hpp"
#include "plugin/handler.hpp"
#include "plugin/open_plugin.hpp"
#include "plugin/pointer.hpp"
#include "plugin/state_file.hpp"
#include "plugin/turn.hpp"

namespace backplane::plugin {

// What an instance was seen to do. Any thread.
struct Counters {
  std::atomic<std::uint64_t> rejections{0};
  std::atomic<std::uint64_t> faults{0};
  std::atomic<std::uint64_t> timeouts{0};
  std::atomic<std::uint64_t> skipped{0};  // calls not made, for quarantine
};

// create, start, stop and destroy may take their time, but not for ever.
inline constexpr std::chrono::seconds longest_lifecycle_call{10};

// What became of a generation's code. still_mapped: it was to be closed and is not gone.
enum class Unloading { closed, parked, still_mapped };

// Behind bp_self.
class Instance {
 public:
  // Calls the plugin's create(), and asks for its functions around state. plugin_fault: it failed or threw; the message has its own
  // words; unsupported: its metadata speaks of state, and it offers none; timeout.
  static base::Result<std::shared_ptr<Instance>> create(OpenedPlugin opened, std::uint64_t generation,
                                                        manifest::PluginSettings settings,
                                                        std::chrono::microseconds deadline, Services services);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Each calls the plugin's function of that name, the last two unless that was done. plugin_fault: it failed or threw; timeout: it
  // did not return; conflict: not called, a thread is inside. After stop() it may be started again.
  base::Result<void> start(std::chrono::microseconds patience = longest_lifecycle_call);
  base::Result<void> stop(std::chrono::microseconds patience = longest_lifecycle_call);
  base::Result<void> destroy();                 // nothing is done where it was not stopped
  bool is_started() const { return started_; }  // stop() was not called since

  // The state that this generation hands to the next: taken after stop(), given before start(). Nothing: it has none. too_large;
  // plugin_fault, unsupported: the plugin's own refusal; timeout; conflict.
  base::Result<std::optional<SavedState>> save_state(std::size_t most_bytes, std::chrono::microseconds patience);
  base::Result<void> load_state(const SavedState& state, std::chrono::microseconds patience);
  bool has_state() const { return opened_.metadata.state_schema.has_value(); }

  // Stops and destroys the plugin's instance and unloads it, with what fails in the log. False: a thread is inside, and nothing may be
  // freed.
  bool end();

  // After destroy(): takes its code out of memory. Where a successor is in its place, only if the plugin says that nothing of it is left:
  // else it is parked.
  Unloading unload();
  bool would_stay() const { return stuck_threads() != 0 || opened_.metadata.unload == Unload::park; }  // were it unloaded now

  std::uint64_t code_bytes() const;  // the size of its file, until it is unloaded

  // Whether this is, byte by byte, what is loaded.
  bool is_loaded_from(const std::filesystem::path& file) const;

  // A thread is inside and was given up: while there is one, nothing of the table is called, and the library stays. One in a
  // handler may come back; one in a function of the table is inside for good.
  void thread_is_stuck() { ++stuck_threads_; }
  void thread_came_back() { --stuck_threads_; }
  std::size_t stuck_threads() const { return stuck_threads_; }
  bool has_hung() const { return has_hung_; }  // in a function of the table

  const std::string& id() const { return settings_.id; }
  const manifest::PluginSettings& settings() const { return settings_; }
  const Metadata& metadata() const { return opened_.metadata; }
  const std::deque<Hook>& hooks() const { return hooks_; }
  const std::deque<Subscription>& subscriptions() const { return subscriptions_; }
  std::uint64_t generation() const { return generation_; }
  std::uint64_t number() const { return number_; }       // no other instance of this process has it, or had it
  const std::string& source() const { return source_; }  // of its events: "plugin:<id>"
  bool serial() const { return serial_; }

  Gate gate;
  Counters counters;
  Breaker breaker;
  Turn turn;  // of a serial plugin's handlers

  // ---- for the functions of the host's table ----

  static Instance& from(bp_self* self) { return *reinterpret_cast<Instance*>(self); }
  bp_self* to_abi() { return reinterpret_cast<bp_self*>(this); }
  PluginOperations& operations() { return services_.operations; }
  PluginEvents& events() { return services_.events; }
  const model::Document& config() const { return settings_.config; }
  base::Result<void> add_hook(Hook hook);
  base::Result<void> add_subscription(Subscription subscription);
  base::Result<const Pointer*> compile_pointer(std::string text);
  bool is_creating() const { return is_creating_; }

 private:
  Instance(OpenedPlugin opened, std::uint64_t generation, manifest::PluginSettings settings,
           std::chrono::microseconds deadline, Services services);
  ~Instance() = default;

  base::Result<void> call(const char* step, std::function<std::int32_t()> function,
                          std::chrono::microseconds patience = longest_lifecycle_call);
  base::Result<void> find_state_table();
  base::Result<void> check_creating(const char* function) const;
  base::Result<void> check_nobody_is_inside(const char* step) const;
  base::Error error_at(base::Code code, const char* step, const std::string& why) const;

  OpenedPlugin opened_;
  std::uint64_t generation_;
  const std::uint64_t number_;
  manifest::PluginSettings settings_;
  const std::string source_;
  std::chrono::microseconds deadline_;
  Services services_;
  void* instance_ = nullptr;
  const bp_state* state_table_ = nullptr;  // the plugin's functions around its state, if it has one
  std::atomic<bool> is_creating_{false};
  std::atomic<std::thread::id> creator_{};  // inside create(): the thread that runs it
  bool created_ = false;
  bool started_ = false;
  bool is_kept_ = false;  // for good
  std::atomic<bool> has_hung_{false};
  std::optional<Unloading> unloaded_;
  bool serial_ = false;
  std::atomic<std::size_t> stuck_threads_{0};
  std::deque<Hook> hooks_;
  std::deque<Subscription> subscriptions_;
  base::Guarded<std::map<std::string, std::unique_ptr<const Pointer>>> pointers_;
};

}  // namespace backplane::plugin
