#include "http/problem.hpp"

#include "base/json.hpp"

namespace backplane::http {
namespace {

using base::Code;

int status_of(Code code) {
  switch (code) {
    case Code::rejected: return 422;
    case Code::invalid_argument: return 400;
    case Code::invalid_document: return 422;
    case Code::unauthenticated: return 401;
    case Code::denied: return 403;
    case Code::not_found: return 404;
    case Code::already_exists:
    case Code::conflict: return 409;
    case Code::precondition_failed: return 412;
    case Code::too_large: return 413;
    case Code::timeout: return 504;
    case Code::depth_exceeded: return 508;
    case Code::unavailable:
    case Code::cancelled: return 503;
    case Code::plugin_fault: return 502;
    case Code::storage: return 500;
    case Code::unsupported: return 501;
    case Code::internal: return 500;
  }
  return 500;
}

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  json.append(",\"").append(name).append("\":").append(base::quote_json(text));
}

}  // namespace

int status_of(const base::Error& error) {
  // SQLite says "database or disk is full" and the system "No space left on device".
  if (error.code == Code::storage && (error.message.find("disk is full") != std::string::npos ||
                                      error.message.find("No space left") != std::string::npos)) {
    return 507;
  }
  return status_of(error.code);
}

Refusal refusal_of(base::Error error) {
  const int status = status_of(error);
  return {status, std::move(error)};
}

Refusal invalid_request(std::string message) {
  return refusal_of({.code = base::Code::invalid_argument, .message = std::move(message)});
}

Response problem(const Refusal& refusal, std::string_view operation_id, Extra extra) {
  const base::Error& error = refusal.error;
  Response response{.status = refusal.status, .content_type = "application/problem+json", .fields = refusal.fields};
  std::string& json = response.body;
  json.append(R"({"type":"about:blank","title":")").append(phrase_of(refusal.status));
  json.append(R"(","status":)").append(std::to_string(refusal.status));
  json.append(R"(,"detail":)").append(base::quote_json(error.message));
  append_member(json, "code", base::name_of(error.code));
  append_member(json, "operation_id", operation_id);
  append_member(json, "plugin", error.plugin);
  append_member(json, "reason", error.reason);
  if (!error.details.empty()) json.append(R"(,"details":)").append(error.details);
  if (!extra.name.empty()) json.append(",\"").append(extra.name).append("\":").append(extra.json);
  json.push_back('}');
  if (refusal.status == 503) response.fields.append("Retry-After: 1\r\n");
  return response;
}

Response refused(base::Error error) { return problem(refusal_of(std::move(error))); }

}  // namespace backplane::http
