// An event: something that happened, as it is published, kept in the event log and delivered. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/document.hpp"

namespace backplane::model {

struct Event {
  std::string id;              // UUIDv7 unless the publisher has its own: the same id is the same event of a tenant
  std::string type;            // dot-separated: "order.confirmed"
  base::UtcTime time;          // when it happened, by its publisher
  std::string tenant;          // empty: no tenant
  std::string actor;           // who caused it, or empty
  std::string source;          // who published it: "host", "plugin:<id>", or what a caller named
  std::string key;             // events of one key are delivered in order; empty: no order
  std::string correlation_id;  // shared by all that one request from outside set off
  std::string causation_id;    // the operation or event that caused it, or empty
  std::uint32_t depth = 0;     // how many handlers down from a caller it was published
  Document payload;            // an object; {} once it was purged
  std::string subject;         // "type/id" of the resource whose operation it is part of, or empty
  std::uint64_t position = 0;  // in the event log, from 1; 0: not in it
  base::UtcTime recorded_at;   // when it came into the log: never earlier than that of the position before
};

// An event type: 1 to 16 segments of [a-z0-9_-] between dots, at most 255 characters. invalid_argument: anything else.
base::Result<void> check_event_type(std::string_view type);

// An event type that others than the host may publish. invalid_argument: it is none; denied: resource.* and plugin.* are the host's.
base::Result<void> check_published_type(std::string_view type);

// An event id: printable ASCII without space, 1 to 128 characters. A key: UTF-8 without NUL, at most 256 bytes.
base::Result<void> check_event_id(std::string_view id);
base::Result<void> check_event_key(std::string_view key);

// The envelope of the API: {"event_id","event_type","timestamp","tenant_id","actor_id","source","key","correlation_id",
// "causation_id","position","payload"}; members that are empty are left out, but for payload.
std::string to_text(const Event& event);

}  // namespace backplane::model
