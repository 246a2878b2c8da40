#include "plugin/handler_context.hpp"

#include <algorithm>

namespace backplane::plugin {

std::chrono::microseconds HandlerContext::remaining() const {
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began_);
  return std::max(allowed_ - spent, std::chrono::microseconds(0));
}

void HandlerContext::forget_handler() {
  touched_ = false;
  lent_errors_.clear();
}

base::Result<void> HandlerContext::check_not_abandoned(const char* function) const {
  if (!abandoned_) return base::ok();
  return base::Error{base::Code::cancelled, std::string(function) + ": the host went on without this handler"};
}

}  // namespace backplane::plugin
