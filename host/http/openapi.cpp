#include "http/openapi.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "http/cloud_event.hpp"
#include "http/route.hpp"

namespace backplane::http {
namespace {

using base::Json;

constexpr const char* schemas = R"json({
  "Resource": {
    "type": "object",
    "required": ["type","id","revision","status","created_at","created_by","updated_at","updated_by","deleted","data"],
    "properties": {
      "type": {"type": "string"},
      "id": {"type": "string"},
      "revision": {"type": "integer", "minimum": 1},
      "edit": {"type": "integer", "minimum": 1, "description": "How often this draft was modified in place."},
      "status": {"enum": ["stable", "draft"]},
      "created_at": {"type": "string", "format": "date-time"},
      "created_by": {"type": "string"},
      "updated_at": {"type": "string", "format": "date-time"},
      "updated_by": {"type": "string"},
      "deleted": {"type": "boolean"},
      "data": {"description": "The document."}
    }
  },
  "Revision": {
    "type": "object",
    "required": ["revision","parent","status","created_at","created_by","updated_at","updated_by","current"],
    "properties": {
      "revision": {"type": "integer", "minimum": 1},
      "edit": {"type": "integer", "minimum": 1},
      "parent": {"type": "integer", "minimum": 0, "description": "The revision it came from; 0: none."},
      "status": {"enum": ["stable", "draft"]},
      "created_at": {"type": "string", "format": "date-time"},
      "created_by": {"type": "string"},
      "updated_at": {"type": "string", "format": "date-time"},
      "updated_by": {"type": "string"},
      "current": {"type": "boolean"}
    }
  },
  "Page": {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
      "items": {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Resource"}, {"$ref": "#/components/schemas/Revision"}]}},
      "next": {"type": ["string", "integer", "null"], "description": "For the next page: `cursor` of a search, `after` of revisions."},
      "total": {"type": "integer", "minimum": 0}
    }
  },
  "DryRun": {
    "type": "object",
    "required": ["dry_run", "resource", "handlers"],
    "properties": {
      "dry_run": {"const": true},
      "resource": {"type": "object", "description": "type, id, and status and data where a document would be written."},
      "writes": {"type": "integer", "description": "How many writes would be committed, enlisted ones included."},
      "handlers": {"type": "array", "items": {"type": "object", "properties": {
        "plugin": {"type": "string"}, "handler": {"type": "string"}, "changes": {"type": "object"}, "enlisted": {"type": "integer"}}}}
    }
  },
  "Written": {"anyOf": [{"$ref": "#/components/schemas/Resource"}, {"$ref": "#/components/schemas/DryRun"}]},
  "Purged": {
    "anyOf": [
      {"type": "object", "required": ["type", "id", "purged"],
       "properties": {"type": {"type": "string"}, "id": {"type": "string"}, "purged": {"const": true}}},
      {"$ref": "#/components/schemas/DryRun"}
    ]
  },
  "Totals": {
    "type": "object",
    "required": ["resources", "revisions", "loaded", "skipped"],
    "properties": {
      "resources": {"type": "integer", "description": "Read from the stream; what to pass as `skip` to go on."},
      "revisions": {"type": "integer"},
      "loaded": {"type": "integer"},
      "skipped": {"type": "integer"}
    }
  },
  "Problem": {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
      "type": {"type": "string"},
      "title": {"type": "string"},
      "status": {"type": "integer"},
      "detail": {"type": "string"},
      "code": {"enum": []},
      "operation_id": {"type": "string"},
      "plugin": {"type": "string", "description": "The plugin that caused it."},
      "reason": {"type": "string", "description": "The code that the plugin gave."},
      "details": {"type": "object"},
      "totals": {"$ref": "#/components/schemas/Totals"}
    }
  },
  "Event": {
    "type": "object",
    "required": ["event_id", "event_type", "timestamp", "payload"],
    "properties": {
      "event_id": {"type": "string"},
      "event_type": {"type": "string", "pattern": "^[a-z0-9_-]+(\\.[a-z0-9_-]+)*$"},
      "timestamp": {"type": "string", "format": "date-time"},
      "tenant_id": {"type": "string"},
      "actor_id": {"type": "string"},
      "source": {"type": "string", "description": "Who published it: host, plugin:<id>, or what a caller named."},
      "key": {"type": "string", "description": "Events of one key are delivered in order."},
      "correlation_id": {"type": "string"},
      "causation_id": {"type": "string"},
      "position": {"type": "integer", "minimum": 1, "description": "In the log."},
      "payload": {"type": "object"}
    }
  },
  "NewEvent": {
    "type": "object",
    "required": ["event_type"],
    "description": "An Event; what is left out is completed.",
    "properties": {"event_type": {"type": "string"}, "payload": {"type": "object"}}
  },
  "Publication": {"anyOf": [{"$ref": "#/components/schemas/NewEvent"},
                            {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/components/schemas/NewEvent"}}]},
  "CloudEvent": {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {"specversion": {"const": "1.0"}, "id": {"type": "string"}, "source": {"type": "string"}, "type": {"type": "string"},
                   "data": {"type": "object"}}
  },
  "CloudEvents": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/components/schemas/CloudEvent"}},
  "PublishedEvent": {
    "type": "object",
    "required": ["event_id", "known"],
    "properties": {
      "event_id": {"type": "string"},
      "position": {"type": "integer", "description": "In the log, as far as it was waited for."},
      "known": {"type": "boolean", "description": "The log had this event id before: nothing was delivered."}
    }
  },
  "Published": {"anyOf": [{"$ref": "#/components/schemas/PublishedEvent"},
                          {"type": "array", "items": {"$ref": "#/components/schemas/PublishedEvent"}}]},
  "EventPage": {
    "type": "object",
    "required": ["items", "next", "removed_up_to"],
    "properties": {
      "items": {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Event"}, {"$ref": "#/components/schemas/CloudEvent"}]}},
      "next": {"type": ["integer", "null"], "description": "For the next page: `after`, or `before` with the newest first."},
      "removed_up_to": {"type": "integer", "description": "Up to this position events may be gone: retention came so far."}
    }
  },
  "Subscription": {
    "type": "object",
    "required": ["name", "plugin", "mode", "state"],
    "properties": {
      "name": {"type": "string", "description": "plugin/name"},
      "plugin": {"type": "string"},
      "pattern": {"type": "string"},
      "mode": {"enum": ["sync", "background", "durable"]},
      "state": {"enum": ["running", "paused", "absent"], "description": "absent: its plugin is gone, its cursor is kept."},
      "delivered": {"type": "integer", "description": "Calls that went well since the start."},
      "failed": {"type": "integer"},
      "busy": {"type": "integer", "description": "durable: being handled."},
      "waiting": {"type": "integer", "description": "background: queued in memory; durable: failed, to be tried again."},
      "refused": {"type": "integer", "description": "background: events not published because the queue was full."},
      "spilled": {"type": "boolean", "description": "background: more wait in the log."},
      "position": {"type": "integer", "description": "durable: everything up to here is done with, or waiting, parked or dead."},
      "behind": {"type": "integer", "description": "durable: positions of the log beyond that."},
      "parked": {"type": "integer", "description": "durable: behind one of their key that is waiting."},
      "dead": {"type": "integer", "description": "durable: given up since the start."},
      "generation": {"type": "integer", "description": "durable: grows with each replay."},
      "replay_up_to": {"type": "integer", "description": "durable: while a replay is under way, where it ends."}
    }
  },
  "Subscriptions": {"type": "array", "items": {"$ref": "#/components/schemas/Subscription"}},
  "DeadLetter": {
    "type": "object",
    "required": ["id", "subscription", "position", "attempts", "error", "updated_at"],
    "properties": {
      "id": {"type": "integer"},
      "subscription": {"type": "string"},
      "position": {"type": "integer"},
      "attempts": {"type": "integer"},
      "key": {"type": "string"},
      "error": {"type": "string"},
      "updated_at": {"type": "string", "format": "date-time"},
      "event": {"anyOf": [{"$ref": "#/components/schemas/Event"}, {"type": "null"}]}
    }
  },
  "DeadLetterPage": {
    "type": "object",
    "required": ["items", "next"],
    "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/DeadLetter"}}, "next": {"type": ["integer", "null"]}}
  },
  "Document": {"description": "Any JSON value that the schema of its type allows."},
  "JsonPatch": {"type": "array", "items": {"type": "object", "required": ["op", "path"]}},
  "Switch": {"type": "object", "required": ["revision"], "properties": {"revision": {"type": "integer", "minimum": 1}}},
  "Frames": {"type": "string"},
  "Text": {"type": "string"},
  "List": {"type": "array"},
  "Object": {"type": "object"}
})json";

Json reference(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

std::string_view schema_of(Payload payload, std::string_view media_type) {
  switch (payload) {
    case Payload::none: return "";
    case Payload::document: return "Document";
    case Payload::patch: return media_type.find("merge") == std::string_view::npos ? "JsonPatch" : "Document";
    case Payload::revision: return "Switch";
    case Payload::frames: return "Frames";
    case Payload::events:
      if (media_type == cloud_event_media_type) return "CloudEvent";
      return media_type == cloud_events_media_type ? "CloudEvents" : "Publication";
  }
  return "";
}

std::string_view name_of(Place place) {
  switch (place) {
    case Place::path: return "path";
    case Place::query: return "query";
    case Place::header: return "header";
  }
  return "";
}

Json describe_parameter(const Parameter& parameter) {
  Json schema = Json::parse(parameter.schema);
  if (parameter.occurs == Occurs::repeated) schema = {{"type", "array"}, {"items", std::move(schema)}};
  if (parameter.most > 0) schema["maxItems"] = parameter.most;
  return {{"name", parameter.name},
          {"in", name_of(parameter.place)},
          {"required", parameter.occurs == Occurs::required},
          {"description", parameter.description},
          {"schema", std::move(schema)}};
}

Json describe_payload(Payload payload) {
  Json content = Json::object();
  for (const std::string_view type : media_types_of(payload)) {
    content[std::string(type)] = {{"schema", reference(schema_of(payload, type))}};
  }
  return {{"required", true}, {"content", std::move(content)}};
}

Json describe_answers(const Route& route) {
  Json answers = Json::object();
  for (const Success& success : route.successes) {
    Json answer{{"description", success.description}};
    if (!success.schema.empty()) answer["content"][std::string(success.media_type)]["schema"] = reference(success.schema);
    answers[std::to_string(success.status)] = std::move(answer);
  }
  for (const int status : route.problems) {
    Json& answer = answers[std::to_string(status)];
    answer["description"] = phrase_of(status);
    answer["content"]["application/problem+json"]["schema"] = reference("Problem");
  }
  return answers;
}

Json describe_route(const Route& route) {
  Json operation{{"operationId", route.name}, {"summary", route.summary}, {"responses", describe_answers(route)}};
  Json& parameters = operation["parameters"] = Json::array();
  for (const Parameter& parameter : route.parameters) parameters.push_back(describe_parameter(parameter));
  if (route.payload != Payload::none) operation["requestBody"] = describe_payload(route.payload);
  return operation;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

Json describe_schemas() {
  Json all = Json::parse(schemas);
  for (int code = 1; code <= static_cast<int>(base::Code::internal); ++code) {
    all["Problem"]["properties"]["code"]["enum"].push_back(base::name_of(static_cast<base::Code>(code)));
  }
  return all;
}

}  // namespace

std::string describe_routes() {
  Json document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Backplane"},
        {"version", "1"},
        {"description", "Operations on versioned JSON resources. Every answer has X-Correlation-Id; that of an operation "
                        "has X-Operation-Id too. HEAD is served wherever GET is."}}},
      {"components", {{"schemas", describe_schemas()}}}};
  Json& paths = document["paths"] = Json::object();
  for (const Route& route : routes()) paths[std::string(route.path)][lower(http::name_of(route.method))] = describe_route(route);
  return base::to_text(document);
}

}  // namespace backplane::http
