#include "app/event_request.hpp"

namespace backplane::app {

void add_filter(http::RequestTarget& target, const EventFilter& filter) {
  if (!filter.type.empty()) target.query("type", filter.type);
  if (!filter.tenant.empty()) target.query("tenant", filter.tenant);
  if (!filter.actor.empty()) target.query("actor", filter.actor);
  if (!filter.key.empty()) target.query("key", filter.key);
}

void add_number(http::RequestTarget& target, std::string_view name, std::optional<std::uint64_t> number) {
  if (number) target.query(name, std::to_string(*number));
}

base::Result<http::RequestTarget> subscription_target(const std::string& subscription) {
  const auto slash = subscription.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == subscription.size())
    return base::Error{base::Code::invalid_argument, "SUBSCRIPTION: wanted PLUGIN/NAME, found \"" + subscription + "\""};
  http::RequestTarget target("/v1/subscriptions");
  target.segment(subscription.substr(0, slash)).segment(subscription.substr(slash + 1));
  return target;
}

}  // namespace backplane::app
