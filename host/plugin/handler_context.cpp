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

bool HandlerContext::holds(const Instance& instance) const {
  const std::lock_guard lock(mutex_);
  if (stay_ != nullptr) return stay_->holds(instance);
  return company_ != nullptr && std::find(company_->begin(), company_->end(), &instance) != company_->end();
}

base::Result<void> HandlerContext::check_not_abandoned(const char* function) const {
  if (!abandoned_) return base::ok();
  return base::Error{base::Code::cancelled, std::string(function) + ": the host went on without this handler"};
}

}  // namespace backplane::plugin
