// What is answered on the spot: probes, figures, descriptions, views of the host.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "http/call.hpp"
#include "http/message.hpp"
#include "http/surroundings.hpp"

namespace backplane::http {

inline constexpr std::string_view dump_media_type = "application/vnd.backplane.dump";
inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view event_stream_media_type = "text/event-stream";
inline constexpr std::string_view html_media_type = "text/html; charset=utf-8";

// What views are made from. Constant while the server runs, but for `draining`.
struct House {
  Surroundings surroundings;
  std::string openapi{};
  std::function<std::string()> own_metrics{};
  std::atomic<bool> draining = false;  // stop() was called
};

Response view_types(const Call& call, const House& house);
Response view_plugins(const Call& call, const House& house);
Response view_hooks(const Call& call, const House& house);
Response view_health(const Call& call, const House& house);
Response view_readiness(const Call& call, const House& house);
Response view_metrics(const Call& call, const House& house);
Response view_openapi(const Call& call, const House& house);
Response view_page(const Call& call, const House& house);

}  // namespace backplane::http
