#include "http/view.hpp"

namespace backplane::http {

Response view_types(const Call&, const House& house) { return json_answer(house.surroundings.types()); }

Response view_plugins(const Call&, const House& house) { return json_answer(house.surroundings.plugins()); }

Response view_hooks(const Call& call, const House& house) {
  const auto action = call.target.parameter("action");
  const auto type = call.target.parameter("type");
  auto chain = house.surroundings.hooks(std::string(action.value_or("")), std::string(type.value_or("")));
  if (!chain) return refused(std::move(chain).error());
  return json_answer(std::move(*chain));
}

Response view_health(const Call&, const House&) { return json_answer(R"({"status":"ok"})"); }

Response view_readiness(const Call&, const House& house) {
  if (house.draining) {
    return refused({.code = base::Code::unavailable, .message = "host: wanted ready, found stopping"});
  }
  if (!house.surroundings.ready()) {
    return refused({.code = base::Code::unavailable, .message = "host: wanted ready, found starting or stopping"});
  }
  return json_answer(R"({"status":"ready"})");
}

Response view_metrics(const Call&, const House& house) {
  Response response{.content_type = metrics_media_type, .body = house.surroundings.metrics()};
  if (!response.body.empty() && response.body.back() != '\n') response.body.push_back('\n');
  response.body.append(house.own_metrics());
  return response;
}

Response view_openapi(const Call&, const House& house) { return {.body = house.openapi}; }

}  // namespace backplane::http
