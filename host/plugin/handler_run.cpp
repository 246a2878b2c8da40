#include "plugin/handler_run.hpp"

#include "base/log.hpp"
#include "plugin/caller.hpp"

namespace backplane::plugin {

void Remaining::read() {
  read_at_ = looks_around.load(std::memory_order_relaxed);
  now_ = Clock::now();
  left_ = std::chrono::duration_cast<std::chrono::microseconds>(until_ - now_);
}

void came_back_late(Instance& instance, Turns turns) {
  base::log_warning("plugin:" + instance.id(), "a handler that was given up has returned");
  if (turns == Turns::taken) instance.turn.release();
  instance.thread_came_back();
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::sync: return "sync";
    case Mode::background: return "background";
    case Mode::durable: return "durable";
  }
  return "";
}

std::string described(const Handler& handler) {
  return "handler '" + handler.name + "' of plugin '" + handler.instance->id() + "'";
}

base::Error timeout_of(const Handler& handler, const Returned& returned) {
  const std::string limit = std::to_string(returned.allowed.count() / 1000) + " ms";
  return {base::Code::timeout, described(handler) + " did not return within " + limit, {}, {}, handler.instance->id()};
}

base::Error fault_of(const Handler& handler, const Returned& returned) {
  base::Error error{base::Code::plugin_fault, {}, {}, {}, handler.instance->id()};
  if (returned.thrown) {
    error.message = described(handler) + " threw an exception: " + *returned.thrown;
    return error;
  }
  FaultText text = take_fault_text(returned.number);
  error.message = described(handler) + ": " + (text.message.empty() ? "returned " + std::to_string(returned.status) : text.message);
  error.details = std::move(text.details);
  return error;
}

}  // namespace backplane::plugin
