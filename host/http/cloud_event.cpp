#include "http/cloud_event.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace backplane::http {
namespace {

using base::Code;
using base::Error;
using base::Json;

struct Attribute {
  std::string_view name;      // of CloudEvents
  std::string_view envelope;  // of ours
};

constexpr std::array<Attribute, 9> attributes{{{"id", "event_id"},
                                               {"source", "source"},
                                               {"type", "event_type"},
                                               {"time", "timestamp"},
                                               {"subject", "key"},
                                               {"tenantid", "tenant_id"},
                                               {"actorid", "actor_id"},
                                               {"correlationid", "correlation_id"},
                                               {"causationid", "causation_id"}}};

Error unlike(std::string_view what, std::string_view wanted, std::string_view found) {
  return {Code::invalid_argument, "CloudEvent: " + std::string(what) + ": wanted " + std::string(wanted) + ", found " + std::string(found)};
}

std::string found_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "none" : base::to_text(*found).substr(0, 100);
}

bool is_json(std::string_view media_type) {
  const std::string_view type = media_type.substr(0, media_type.find(';'));
  return type == "application/json" || type.ends_with("+json");
}

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.append(",\"").append(name).append("\":").append(base::quote_json(text));
}

const Attribute* attribute_named(std::string_view name) {
  for (const Attribute& one : attributes)
    if (one.name == name) return &one;
  return nullptr;
}

std::string names_of_extensions() {
  std::string names;
  for (std::size_t i = 5; i < attributes.size(); ++i) names.append(names.empty() ? "" : ", ").append(attributes[i].name);
  return names;
}

}  // namespace

std::string to_cloud_event(const model::Event& event) {
  std::string json = R"({"specversion":"1.0","id":)" + base::quote_json(event.id);
  append_member(json, "source", event.source);
  append_member(json, "type", event.type);
  append_member(json, "time", base::to_rfc3339(event.time));
  append_member(json, "subject", event.key);
  append_member(json, "tenantid", event.tenant);
  append_member(json, "actorid", event.actor);
  append_member(json, "correlationid", event.correlation_id);
  append_member(json, "causationid", event.causation_id);
  if (event.position != 0) append_member(json, "position", std::to_string(event.position));
  return json.append(R"(,"datacontenttype":"application/json","data":)").append(event.payload.text()).append("}");
}

base::Result<Json> envelope_of(const Json& event) {
  if (!event.is_object()) return Error{Code::invalid_argument, "CloudEvent: wanted an object, found " + base::to_text(event).substr(0, 100)};
  if (found_text(event, "specversion") != R"("1.0")") return unlike("specversion", R"("1.0")", found_text(event, "specversion"));
  for (const char* required : {"id", "source", "type"})
    if (!event.contains(required)) return unlike(required, "a text", "none");
  Json envelope = Json::object();
  for (const auto& [name, value] : event.items()) {
    if (name == "specversion" || name == "position") continue;  // a position is the log's to give
    if (name == "data") {
      envelope["payload"] = value;
    } else if (name == "datacontenttype") {
      if (!value.is_string() || !is_json(value.get_ref<const std::string&>())) return unlike(name, "a JSON media type", base::to_text(value).substr(0, 100));
    } else if (const Attribute* known = attribute_named(name)) {
      envelope[std::string(known->envelope)] = value;
    } else {
      return unlike(name, "no attribute or extension that would be lost (kept extensions: " + names_of_extensions() + ")", "it");
    }
  }
  return envelope;
}

}  // namespace backplane::http
