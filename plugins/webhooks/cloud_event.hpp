// An event as CloudEvents 1.0 in its JSON format, member by member as the host's own API writes it. A plain function.
#pragma once

#include <backplane/event.hpp>

#include <cstdio>
#include <ctime>
#include <string>

namespace webhooks {

// 2024-05-01T12:00:00.000000Z
inline std::string timestamp(std::int64_t time_us) {
  const std::time_t seconds = static_cast<std::time_t>(time_us / 1000000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%06dZ", static_cast<int>(time_us % 1000000));
  return text;
}

inline backplane::sdk::Json cloud_event(const backplane::sdk::Event& event) {
  backplane::sdk::JsonObject object;
  const auto add = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) object.add(name, text);
  };
  add("specversion", "1.0");
  add("id", event.id());
  add("source", event.source());
  add("type", event.type());
  add("time", timestamp(event.time_us()));
  add("subject", event.key());
  add("tenantid", event.tenant());
  add("actorid", event.actor());
  add("correlationid", event.correlation_id());
  add("causationid", event.causation_id());
  if (event.position() != 0) add("position", std::to_string(event.position()));
  add("datacontenttype", "application/json");
  return object.add("data", backplane::sdk::Json::raw(event.payload().json())).json();
}

}  // namespace webhooks
