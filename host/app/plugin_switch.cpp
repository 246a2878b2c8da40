#include "app/plugin_switch.hpp"

#include <utility>

#include "base/log.hpp"
#include "hooks/chain.hpp"
#include "manifest/scalar.hpp"
#include "plugin/state_file.hpp"

namespace backplane::app {

using base::Code;
using base::Error;
using std::chrono::duration_cast;
using std::chrono::microseconds;

PluginSwitch::PluginSwitch(Parts parts, PluginChange change, const SwitchLimits& limits)
    : parts_(std::move(parts)),
      change_(std::move(change)),
      limits_(limits),
      plugins_before_(parts_.registry.instances()) {}

template <class F>
auto PluginSwitch::step(const char* name, F function) {
  const auto began = Clock::now();
  auto result = function();
  course_.steps.push_back({name, duration_cast<microseconds>(Clock::now() - began)});
  return result;
}

Error PluginSwitch::failed(const char* step, Code code, std::string text) const {
  const std::string& id = (change_.before ? change_.before : change_.after)->id();
  return {code, "plugin '" + id + "': step " + step + ": " + std::move(text), {}, {}, id};
}

base::Result<void> PluginSwitch::run() {
  if (!change_.before) return add();
  const auto overlaps = [](const plugin::Instance& one) {
    return one.metadata().switchover == plugin::Switchover::overlap;
  };
  const bool may_overlap = change_.after && overlaps(*change_.before) && overlaps(*change_.after);
  return may_overlap ? overlap() : replace();
}

base::Result<void> PluginSwitch::add() {
  auto added = start_after();
  if (added) added = publish();
  if (!added) end_after();
  return added;
}

base::Result<void> PluginSwitch::replace() {
  const auto deadline = Clock::now() + limits_.drain;
  const bool is_quiet = step("durable", [&] { return parts_.bus.stop_durable(*change_.before, deadline); });
  if (!is_quiet) {
    parts_.bus.resume_durable(*change_.before);
    return failed("durable", Code::timeout,
                  "a durable subscription's handler did not return within " + manifest::to_text(limits_.drain) +
                      " (reload.drain); generation " + std::to_string(change_.before->generation()) + " goes on");
  }
  if (auto drained = drain(); !drained) {
    serve_on();
    return drained;
  }
  if (auto stopped = stop_before(); !stopped) return restore(std::move(stopped).error());
  if (auto started = change_.after ? start_after() : base::ok(); !started) return restore(std::move(started).error());
  if (auto published = publish(); !published) return restore(std::move(published).error());
  keep_state();
  let_go();
  return base::ok();
}

base::Result<void> PluginSwitch::overlap() {
  if (auto started = start_after(); !started) {
    end_after();
    return started;
  }
  const auto deadline = Clock::now() + limits_.drain;
  // Its durable subscriptions have one cursor, and go on with the new generation.
  const bool is_quiet = step("durable", [&] { return parts_.bus.stop_durable(*change_.before, deadline); });
  if (!is_quiet) {
    parts_.bus.resume_durable(*change_.before);
    end_after();
    return failed("durable", Code::timeout, "a durable subscription's handler did not return in time");
  }
  closed_at_ = Clock::now();
  change_.before->gate.close();
  if (auto published = publish(); !published) {
    serve_on();
    end_after();
    return published;
  }
  const auto drained_by = Clock::now() + limits_.drain;
  const bool is_empty = step(
      "drain", [&] { return parts_.bus.wait_for_publishers(drained_by) && change_.before->gate.drain(drained_by); });
  if (!is_empty) {
    // Whoever leaves last ends it.
    course_.old_code = "lingers: " + std::to_string(change_.before->gate.inside()) + " are still inside";
    return base::ok();
  }
  if (const auto stopped = step("stop", [&] { return change_.before->stop(limits_.stop); }); !stopped)
    base::log_error("plugin", stopped.error().message);
  let_go();
  return base::ok();
}

base::Result<void> PluginSwitch::drain() {
  plugin::Instance& before = *change_.before;
  const auto deadline = Clock::now() + limits_.drain;
  closed_at_ = Clock::now();
  before.gate.close();
  const bool is_empty = step("drain", [&] {
    parts_.bus.send_by_gate(before);
    return parts_.bus.wait_for_publishers(deadline) && before.gate.drain(deadline);
  });
  if (is_empty) return base::ok();
  return failed("drain", Code::timeout,
                std::to_string(before.gate.inside()) + " operations or events were still inside after " +
                    manifest::to_text(limits_.drain) + " (reload.drain); generation " +
                    std::to_string(before.generation()) + " goes on");
}

base::Result<void> PluginSwitch::stop_before() {
  plugin::Instance& before = *change_.before;
  if (before.stuck_threads() != 0) {
    if (before.has_hung() || !before.has_state()) return base::ok();  // it is neither stopped nor unloaded
    return failed("stop", Code::conflict,
                  "a thread is inside that was given up: its state cannot be taken until it returns, else only a restart helps");
  }
  BACKPLANE_CHECK(step("stop", [&] { return before.stop(limits_.stop); }));
  if (!before.has_state()) return base::ok();
  BACKPLANE_TRY(state_, step("save", [&] { return before.save_state(limits_.max_state, limits_.stop); }));
  return base::ok();
}

base::Result<void> PluginSwitch::start_after() {
  plugin::Instance& after = *change_.after;
  if (after.has_state() && (!change_.before || change_.before->has_hung())) BACKPLANE_CHECK(read_last_state());
  if (after.has_state() && state_)
    BACKPLANE_CHECK(step("load", [&] { return after.load_state(*state_, limits_.stop); }));
  return step("start", [&] { return after.start(limits_.stop); });
}

// Of a plugin that is not there, or cannot be asked.
base::Result<void> PluginSwitch::read_last_state() {
  const auto file = plugin::state_file_of(parts_.data_dir, change_.after->id());
  BACKPLANE_TRY(state_, plugin::read_state(file, limits_.max_state));
  if (!change_.before) return base::ok();
  course_.state = state_ ? "what was saved last, " + file.string() : "none: nothing was saved before";
  base::log_warning("plugin:" + change_.after->id(),
                    "generation " + std::to_string(change_.before->generation()) +
                        " has hung and cannot hand its state over; that of the new one is " + course_.state);
  return base::ok();
}

// The new generation is not to be, after all.
void PluginSwitch::end_after() {
  change_.after->end();
  if (change_.after->has_hung()) parts_.registry.leave_behind(change_.after);
}

base::Result<void> PluginSwitch::publish() {
  const auto hooks_of = [&](const plugin::Instances& plugins) {
    return std::make_shared<const hooks::Table>(plugins, parts_.conductor.setup().rules->types.names());
  };
  auto published = step("publish", [&]() -> base::Result<void> {
    parts_.conductor.set_hooks(hooks_of(change_.plugins));
    return parts_.bus.set_plugins(change_.plugins);
  });
  if (!published) {
    parts_.conductor.set_hooks(hooks_of(plugins_before_));
    return published;
  }
  parts_.registry.set_instances(change_.plugins);
  if (!change_.before) return base::ok();
  change_.before->gate.retire();
  course_.gate = duration_cast<microseconds>(Clock::now() - closed_at_);
  return base::ok();
}

// The old generation, as if nothing had been.
void PluginSwitch::serve_on() {
  if (const auto served = parts_.bus.set_plugins(plugins_before_); !served)
    base::log_error("events", served.error().message);
  change_.before->gate.open();
  course_.gate = duration_cast<microseconds>(Clock::now() - closed_at_);
  parts_.bus.resume_durable(*change_.before);
}

// After the old generation's stop().
Error PluginSwitch::restore(Error why) {
  plugin::Instance& before = *change_.before;
  if (change_.after) end_after();
  const std::string generation = "generation " + std::to_string(before.generation());
  if (before.has_hung()) {
    before.breaker.shut();
    why.message += "; " + generation + " is not called any more: reload the plugin, or restart the host";
  } else if (before.is_started()) {
    why.message += "; " + generation + " goes on as it is";
  } else if (const auto restarted = step("restart", [&] { return before.start(limits_.stop); }); restarted) {
    why.message += "; " + generation + " goes on";
  } else {
    before.breaker.shut();
    why.message += "; " + generation + " did not start again and is not called any more: " + restarted.error().message;
    keep_state();  // it may never be asked again
    base::log_error("plugin:" + before.id(), restarted.error().message);
  }
  serve_on();
  return why;
}

void PluginSwitch::keep_state() {
  if (!state_ || !course_.state.empty()) return;  // none, or from there
  const auto kept = step("keep", [&] {
    return plugin::write_state(plugin::state_file_of(parts_.data_dir, change_.before->id()), *state_);
  });
  if (!kept)
    base::log_warning("plugin:" + change_.before->id(),
                      "its state is handed over, but not kept for a restart: " + kept.error().message);
}

void PluginSwitch::let_go() {
  plugin::Instance& before = *change_.before;
  if (const auto destroyed = step("destroy", [&] { return before.destroy(); }); !destroyed)
    base::log_error("plugin", destroyed.error().message);
  if (before.has_hung()) parts_.registry.leave_behind(change_.before);
  const bool is_occupied = before.is_started() || before.stuck_threads() != 0;
  const std::uint64_t bytes = before.code_bytes();
  const char* why = nullptr;
  switch (before.unload()) {
    case plugin::Unloading::closed: course_.old_code = "closed"; return;
    case plugin::Unloading::parked:
      why = is_occupied ? "a thread is still inside" : "its metadata does not say \"unload\": \"close\"";
      break;
    case plugin::Unloading::still_mapped:
      why =
          "the loader keeps it: a thread that ran its code has thread_local variables of it, or another library has it "
          "open";
      break;
  }
  course_.old_code = std::string("parked: ") + why;
  parts_.registry.add_parked({before.id(), before.generation(), why, bytes});
}

}  // namespace backplane::app
