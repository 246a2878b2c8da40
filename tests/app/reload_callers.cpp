#include "app/reload_callers.hpp"

#include <nlohmann/json.hpp>

namespace backplane::tests {

ReloadCallers::ReloadCallers(ReloadRig& rig, std::size_t callers, std::size_t often, const std::string& document)
    : rig_(rig) {
  for (std::size_t i = 0; i < callers; ++i) threads_.emplace_back([this, often, document] { call(often, document); });
}

void ReloadCallers::end() {
  ended_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ReloadCallers::call(std::size_t often, const std::string& document) {
  for (std::size_t i = 0; !ended_; ++i) {
    const auto outcome = rig_.run(create_request(i % often == 0 ? document : "{}"));
    ++answered_;
    const std::lock_guard lock(mutex_);
    if (outcome.answer)
      notes_.push_back(base::Json::parse(outcome.answer->body).at("data"));
    else
      refused_.push_back(outcome.answer.error().message);
  }
}

}  // namespace backplane::tests
