// Events as CloudEvents 1.0 in their JSON format, one to one:
//
//   id, source, type, time   event_id, source, event_type, timestamp      subject   key
//   data                     payload, always a JSON object
//   tenantid, actorid, correlationid, causationid, position               the envelope's members of these names
//
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/event.hpp"

namespace backplane::http {

inline constexpr std::string_view cloud_event_media_type = "application/cloudevents+json";
inline constexpr std::string_view cloud_events_media_type = "application/cloudevents-batch+json";

// One event, compact.
std::string to_cloud_event(const model::Event& event);

// The same as an envelope of ours, still to be checked as one. invalid_argument: a required attribute is missing, `data` is no
// JSON, or there is an extension that an envelope has no place for: it would be lost.
base::Result<base::Json> envelope_of(const base::Json& cloud_event);

}  // namespace backplane::http
