#include "app/failure.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/json.hpp"
#include "base/json_text.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Json;

std::optional<Code> code_named(std::string_view name) {
  for (int number = 1; number <= static_cast<int>(Code::internal); ++number) {
    const auto code = static_cast<Code>(number);
    if (base::name_of(code) == name) return code;
  }
  return {};
}

// For an answer without a code that is known here.
Code code_of_status(unsigned status) {
  switch (status) {
    case 400: return Code::invalid_argument;
    case 401: return Code::unauthenticated;
    case 403: return Code::denied;
    case 404:
    case 405: return Code::not_found;
    case 409: return Code::conflict;
    case 412: return Code::precondition_failed;
    case 413: return Code::too_large;
    case 422: return Code::invalid_document;
    case 408:
    case 504: return Code::timeout;
    case 429:
    case 502:
    case 503: return Code::unavailable;
    default: return Code::internal;
  }
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : base::to_text(*found);
}

Json as_json(const Failure& failure) {
  Json document{{"title", "Failed"}, {"code", base::name_of(failure.error.code)}, {"detail", failure.error.message}};
  if (!failure.error.plugin.empty()) document["plugin"] = failure.error.plugin;
  if (!failure.error.reason.empty()) document["reason"] = failure.error.reason;
  if (!failure.error.details.empty()) document["details"] = Json::parse(failure.error.details, nullptr, false);
  if (failure.status != 0) document["status"] = failure.status;
  return document;
}

}  // namespace

Failure failure_of(const http::Client::Reply& reply) {
  Failure failure;
  failure.status = reply.status;
  failure.error.code = code_of_status(reply.status);
  const Json document = Json::parse(reply.body, nullptr, false);
  if (!document.is_object()) {
    failure.error.message = "the host answered with status " + std::to_string(reply.status);
    if (!reply.body.empty()) failure.error.message += ": " + reply.body.substr(0, 200);
    return failure;
  }
  failure.document = reply.body;
  if (const auto code = code_named(text_of(document, "code"))) failure.error.code = *code;
  failure.error.message = text_of(document, "detail");
  if (failure.error.message.empty()) failure.error.message = text_of(document, "title");
  failure.error.plugin = text_of(document, "plugin");
  failure.error.reason = text_of(document, "reason");
  failure.error.details = text_of(document, "details");
  failure.operation_id = text_of(document, "operation_id");
  return failure;
}

void write(std::ostream& err, const Failure& failure, const Output& output) {
  if (output.json) {
    err << (failure.document.empty() ? base::to_text(as_json(failure)) : base::minify_json(failure.document)) << '\n';
    return;
  }
  err << "backplane: " << base::name_of(failure.error.code) << ": " << failure.error.message << '\n';
  const auto line = [&err](std::string_view name, std::string_view value) {
    if (!value.empty()) err << "  " << name << ": " << value << '\n';
  };
  line("plugin", failure.error.plugin);
  line("reason", failure.error.reason);
  line("details", failure.error.details);
  line("operation", failure.operation_id);
}

}  // namespace backplane::app
