#include "http/publication.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/id.hpp"
#include "http/cloud_event.hpp"
#include "model/name.hpp"

namespace backplane::http {
namespace {

using base::Code;
using base::Error;
using base::Json;
using plugin::Promise;

constexpr std::array<std::string_view, 11> envelope_members{"event_id", "event_type", "timestamp",      "tenant_id",    "actor_id", "source",
                                                            "key",      "payload",    "correlation_id", "causation_id", "position"};
constexpr std::size_t most_text = 256;

Error bad_member(std::string_view what, std::string_view wanted, const std::string& found) {
  return {Code::invalid_argument, std::string(what) + ": wanted " + std::string(wanted) + ", found " + found};
}

// "" where there is none.
base::Result<std::string> text_of(const Json& envelope, const char* name) {
  const auto found = envelope.find(name);
  if (found == envelope.end()) return std::string();
  if (!found->is_string()) return bad_member(name, "a text", base::to_text(*found).substr(0, 100));
  const auto& text = found->get_ref<const std::string&>();
  if (text.empty() || text.size() > most_text)
    return bad_member(name, "1 to " + std::to_string(most_text) + " bytes", std::to_string(text.size()));
  return text;
}

// Ids and sources: printable ASCII without space, as URIs are.
base::Result<std::string> printable_of(const Json& envelope, const char* name) {
  BACKPLANE_TRY(std::string text, text_of(envelope, name));
  if (std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) return text;
  return bad_member(name, "printable ASCII without space", base::quote_json(text));
}

// What the caller is known as; an envelope may say it once more, and nothing else.
base::Result<std::string> own(const Json& envelope, const char* name, const std::string& caller, std::string_view field) {
  BACKPLANE_TRY(const std::string said, text_of(envelope, name));
  if (said.empty() || said == caller) return caller;
  return Error{Code::denied, std::string(name) + ": wanted that of the caller (" + std::string(field) + ": " +
                                 (caller.empty() ? "none" : caller) + "), found " + base::quote_json(said)};
}

base::Result<std::string> source_of(const Json& envelope) {
  BACKPLANE_TRY(std::string source, printable_of(envelope, "source"));
  if (source.empty()) return std::string("http");
  if (source != "host" && !source.starts_with("plugin:")) return source;
  return Error{Code::denied, "source: wanted another than host or plugin:..., which are the host's to give, found " + base::quote_json(source)};
}

base::Result<std::string> type_of(const Json& envelope) {
  BACKPLANE_TRY(std::string type, text_of(envelope, "event_type"));
  if (type.empty()) return bad_member("event_type", "a text", "none");
  BACKPLANE_CHECK(model::check_published_type(type));
  return type;
}

base::Result<void> check_members(const Json& envelope) {
  if (!envelope.is_object()) return bad_member("event", "an object", base::to_text(envelope).substr(0, 100));
  for (const auto& [name, value] : envelope.items()) {
    if (std::find(envelope_members.begin(), envelope_members.end(), name) != envelope_members.end()) continue;
    std::string wanted;
    for (const std::string_view one : envelope_members) wanted.append(wanted.empty() ? "" : ", ").append(one);
    return bad_member("event", wanted, base::quote_json(name));
  }
  return base::ok();
}

base::Result<model::Event> read_event(const Json& envelope, const Call& call, const events::Bus& bus) {
  BACKPLANE_CHECK(check_members(envelope));
  model::Event event;
  const base::UtcTime now = bus.now();
  BACKPLANE_TRY(event.type, type_of(envelope));
  BACKPLANE_TRY(event.id, text_of(envelope, "event_id"));
  if (event.id.empty()) event.id = base::new_uuid(now);
  BACKPLANE_CHECK(model::check_event_id(event.id));
  BACKPLANE_TRY(const std::string time, text_of(envelope, "timestamp"));
  event.time = now;
  if (!time.empty()) {
    auto read = base::from_rfc3339(time);
    if (!read) return base::within("timestamp", std::move(read).error());
    event.time = *read;
  }
  BACKPLANE_TRY(event.tenant, own(envelope, "tenant_id", call.caller.tenant, "X-Tenant"));
  BACKPLANE_TRY(event.actor, own(envelope, "actor_id", call.caller.actor, "X-Actor"));
  BACKPLANE_TRY(event.source, source_of(envelope));
  BACKPLANE_TRY(event.key, text_of(envelope, "key"));
  BACKPLANE_CHECK(model::check_event_key(event.key));
  BACKPLANE_TRY(event.correlation_id, printable_of(envelope, "correlation_id"));
  if (event.correlation_id.empty()) event.correlation_id = call.correlation_id;
  BACKPLANE_TRY(event.causation_id, printable_of(envelope, "causation_id"));
  if (const auto payload = envelope.find("payload"); payload != envelope.end()) {
    if (!payload->is_object()) return bad_member("payload", "a JSON object", base::to_text(*payload).substr(0, 100));
    BACKPLANE_TRY(event.payload, model::Document::from(*payload, bus.payload_limits()));
  }
  return event;
}

std::optional<Refusal> read_promise(const Call& call, const events::Bus& bus, Promise& promise) {
  const auto text = call.target.parameter("promise");
  if (!text) promise = bus.has_log() ? Promise::durable : Promise::memory;
  else if (text == "durable") promise = Promise::durable;
  else if (text == "queued") promise = Promise::queued;
  else if (text == "memory") promise = Promise::memory;
  else
    return refusal_of(bad_member("promise", "durable, queued or memory", base::quote_json(*text)));
  return std::nullopt;
}

void append_answer(std::string& json, const std::string& id, const plugin::Published& published) {
  json.append("{\"event_id\":").append(base::quote_json(id));
  if (published.position != 0) json.append(",\"position\":").append(std::to_string(published.position));
  json.append(",\"known\":").append(published.known ? "true}" : "false}");
}

}  // namespace

std::optional<Refusal> read_publication(Call& call, const events::Bus& bus, Publication& publication) {
  if (auto refusal = read_promise(call, bus, publication.promise)) return refusal;
  const base::JsonLimits payload = bus.payload_limits();
  const auto body = base::parse_json(call.body, {std::max(call.body.size(), payload.bytes), payload.depth + 2});
  if (!body) return refusal_of(base::within("body", body.error()));
  publication.is_batch = body->is_array();
  const bool is_cloud = call.head->value(Field::content_type).find("cloudevents") != std::string_view::npos;
  const std::size_t count = publication.is_batch ? body->size() : 1;
  if (count == 0 || count > Publication::most_events)
    return refusal_of(
        bad_member("body", "1 to " + std::to_string(Publication::most_events) + " events", std::to_string(count)));
  for (std::size_t i = 0; i < count; ++i) {
    const Json& given = publication.is_batch ? (*body)[i] : *body;
    auto event = [&]() -> base::Result<model::Event> {
      if (!is_cloud) return read_event(given, call, bus);
      BACKPLANE_TRY(const Json envelope, envelope_of(given));
      return read_event(envelope, call, bus);
    }();
    if (!event) {
      Error error = std::move(event).error();
      return refusal_of(publication.is_batch ? base::within("event " + std::to_string(i + 1), std::move(error)) : std::move(error));
    }
    publication.event_ids.push_back(event->id);
    publication.events.push_back(std::move(*event));
  }
  return std::nullopt;
}

Response respond(const Publication& publication, const base::Result<std::vector<plugin::Published>>& published) {
  if (!published) return refused(published.error());
  Response response{.fields = "Cache-Control: no-store\r\n"};
  const auto is_known = [](const plugin::Published& one) { return one.known; };
  response.status = publication.promise != Promise::durable                              ? 202
                    : std::all_of(published->begin(), published->end(), is_known) ? 200
                                                                                         : 201;
  if (publication.is_batch) response.body.push_back('[');
  for (std::size_t i = 0; i < published->size(); ++i) {
    if (i > 0) response.body.push_back(',');
    append_answer(response.body, publication.event_ids[i], (*published)[i]);
  }
  if (publication.is_batch) response.body.push_back(']');
  return response;
}

}  // namespace backplane::http
