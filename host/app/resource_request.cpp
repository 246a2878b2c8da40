#include "app/resource_request.hpp"

#include "http/client/request_target.hpp"
#include "model/resource.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;
using http::Client;
using http::RequestTarget;

struct Route {
  const char* method;
  const char* suffix;  // a segment after the id; empty: none
};

Route route_of(Verb verb) {
  switch (verb) {
    case Verb::create: return {"POST", ""};
    case Verb::get: return {"GET", ""};
    case Verb::update: return {"PUT", ""};
    case Verb::modify: return {"POST", "modify"};
    case Verb::patch: return {"PATCH", ""};
    case Verb::remove: return {"DELETE", ""};
    case Verb::restore: return {"POST", "restore"};
    case Verb::purge: return {"POST", "purge"};
    case Verb::switch_to: return {"POST", "switch"};
  }
  return {"GET", ""};
}

RequestTarget resource_target(const std::string& type, const std::string& id) {
  RequestTarget target("/v1/resources");
  target.segment(type);
  if (!id.empty()) target.segment(id);
  return target;
}

std::string media_type_of(PatchKind kind, const std::string& patch) {
  const auto first = patch.find_first_not_of(" \t\r\n");
  const bool is_array = first != std::string::npos && patch[first] == '[';
  const bool is_json_patch = kind == PatchKind::json_patch || (kind == PatchKind::by_content && is_array);
  return is_json_patch ? "application/json-patch+json" : "application/merge-patch+json";
}

// 3, 3.2, "3" or *, as people and other programs write it, as a header holds it.
Result<std::string> entity_tag(std::string text) {
  if (text == "*") return text;
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (!model::version_from(text))
    return Error{Code::invalid_argument, "--if-match: wanted a revision such as 3 or 3.2, found \"" + text + "\""};
  return "\"" + text + "\"";
}

}  // namespace

bool takes_document(Verb verb) {
  switch (verb) {
    case Verb::create:
    case Verb::update:
    case Verb::modify:
    case Verb::patch: return true;
    case Verb::get:
    case Verb::remove:
    case Verb::restore:
    case Verb::purge:
    case Verb::switch_to: return false;
  }
  return false;
}

Result<Client::Request> request_of(const ResourceOptions& options, std::string document) {
  const Route route = route_of(options.verb);
  const bool creates = options.verb == Verb::create;
  RequestTarget target = resource_target(options.type, creates ? std::string() : options.id);
  if (*route.suffix != '\0') target.segment(route.suffix);
  if (options.verb == Verb::get && options.revision != 0)
    target.segment("revisions").segment(std::to_string(options.revision));
  if (creates && !options.id.empty()) target.query("id", options.id);
  if (!options.status.empty()) target.query("status", options.status);
  if (options.deleted) target.query("deleted", "include");
  if (options.dry_run) target.query("dry_run", "true");

  Client::Request request;
  request.method = route.method;
  request.target = target.text();
  if (takes_document(options.verb)) {
    const bool patches = options.verb == Verb::patch;
    request.headers.emplace_back("Content-Type", patches ? media_type_of(options.patch_kind, document) : "application/json");
    request.body = std::move(document);
  } else if (options.verb == Verb::switch_to) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = "{\"revision\":" + std::to_string(options.revision) + "}";
  }
  if (!options.if_match.empty()) {
    BACKPLANE_TRY(std::string tag, entity_tag(options.if_match));
    request.headers.emplace_back("If-Match", std::move(tag));
  }
  if (!options.idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", options.idempotency_key);
  return request;
}

Client::Request request_of(const PageOptions& options, const std::string& cursor) {
  RequestTarget target = resource_target(options.type, options.id);
  if (options.revisions) target.segment("revisions");
  for (const auto& filter : options.filters) target.query("filter", filter);
  if (!options.sort.empty()) target.query("sort", options.sort);
  if (options.limit) target.query("limit", std::to_string(*options.limit));
  if (options.total) target.query("total", "true");
  if (options.deleted) target.query("deleted", "include");
  if (options.deleted_only) target.query("deleted", "only");
  if (!cursor.empty()) target.query(options.revisions ? "after" : "cursor", cursor);
  Client::Request request;
  request.target = target.text();
  return request;
}

}  // namespace backplane::app
