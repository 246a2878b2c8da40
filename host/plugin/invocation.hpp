// A run of handlers as something that a coroutine awaits: they run while it is suspended. When all of them return in time it goes on
// right here, as if it had never been suspended; when one is given up, elsewhere.
#pragma once

#include "plugin/handler_run.hpp"

namespace backplane::plugin {

template <class H>
class Invocation final : public HandlerRun<H> {
 public:
  using HandlerRun<H>::HandlerRun;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    caller_ = caller;
    return !this->run();
  }
  Returned await_resume() { return this->take_returned(); }

  std::coroutine_handle<> continuation() override { return caller_; }

 private:
  std::coroutine_handle<> caller_;
};

}  // namespace backplane::plugin
