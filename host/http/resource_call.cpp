#include "http/resource_call.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "http/precondition.hpp"
#include "model/name.hpp"

namespace backplane::http {
namespace {

using model::Action;

bool writes(Action action) { return model::ActionSet{model::actions::write, model::actions::lifecycle}.contains(action); }

// If-Match on a write; that on a read is looked at when the version is known.
std::optional<Refusal> read_preconditions(const Call& call, operation::Request& request) {
  const Head& head = *call.head;
  const bool creates = request.action == Action::create;
  if (head.has(Field::if_none_match) && (!creates || head.value(Field::if_none_match) != "*")) {
    return invalid_request("If-None-Match: wanted a read, or * on create, found " +
                           std::string(head.value(Field::if_none_match)));
  }
  if (!head.has(Field::if_match)) return std::nullopt;
  if (creates) return invalid_request("If-Match: wanted a resource that exists, found create");
  auto expected = read_if_match(head.value(Field::if_match));
  if (!expected) return refusal_of(std::move(expected).error());
  switch (expected->kind) {
    case Expected::Kind::any: break;
    case Expected::Kind::version: request.expected = expected->version; break;
    case Expected::Kind::never:
      return Refusal{412, {.code = base::Code::precondition_failed,
                           .message = "If-Match: wanted a strong tag of this resource, found " + std::string(head.value(Field::if_match))}};
  }
  return std::nullopt;
}

std::optional<Refusal> read_write_options(const Call& call, operation::Request& request) {
  if (call.wants("dry_run")) request.mode = operation::Mode::dry_run;
  if (const auto status = call.target.parameter("status")) {
    request.status = model::status_named(*status);
    if (!request.status)
      return invalid_request("status: wanted stable or draft, found \"" + std::string(*status) + "\"");
  }
  if (call.head->has(Field::idempotency_key)) {
    request.idempotency_key = call.head->value(Field::idempotency_key);
    if (auto checked = model::check_idempotency_key(request.idempotency_key); !checked) {
      return refusal_of(base::within("Idempotency-Key", std::move(checked).error()));
    }
  }
  return read_preconditions(call, request);
}

std::optional<Refusal> read_deleted(const Call& call, operation::Request& request) {
  const auto deleted = call.target.parameter("deleted");
  if (!deleted || deleted == "exclude") return std::nullopt;
  if (deleted != "include")
    return invalid_request("deleted: wanted include or exclude, found \"" + std::string(*deleted) + "\"");
  request.deleted = store::Deleted::include;
  return std::nullopt;
}

std::optional<Refusal> read_revision(std::string_view text, std::uint64_t least, operation::Request& request) {
  const auto number = number_from(text);
  if (!number || *number < least) {
    return invalid_request("revision: wanted a number from " + std::to_string(least) + ", found \"" +
                           std::string(text) + "\"");
  }
  request.revision = *number;
  return std::nullopt;
}

std::optional<Refusal> read_list_options(const Call& call, operation::Request& request) {
  if (const auto after = call.target.parameter("after")) {
    if (auto refusal = read_revision(*after, 0, request)) return refusal;
    request.query.append("after=").append(*after);
  }
  if (const auto limit = call.target.parameter("limit")) {
    if (!number_from(*limit)) return invalid_request("limit: wanted a number, found \"" + std::string(*limit) + "\"");
    request.query.append(request.query.empty() ? "" : "&").append("limit=").append(*limit);
  }
  return read_deleted(call, request);
}

// {"revision": n}
std::optional<Refusal> read_switch(const Call& call, operation::Request& request) {
  const auto json = base::parse_json(call.body);
  if (!json) return refusal_of(base::within("body", json.error()));
  const bool whole = json->is_object() && json->size() == 1 && json->contains("revision");
  if (!whole || !(*json)["revision"].is_number_unsigned() || (*json)["revision"] == 0) {
    return invalid_request("body: wanted {\"revision\": n} with n from 1, found " +
                           base::to_text(*json).substr(0, 200));
  }
  request.revision = (*json)["revision"].get<std::uint64_t>();
  return std::nullopt;
}

// What only this action has.
std::optional<Refusal> read_specifics(Call& call, operation::Request& request) {
  switch (request.action) {
    case Action::create:
      request.id = call.target.parameter("id").value_or("");
      if (request.id.empty() && call.target.parameter("id"))
        return invalid_request("id: wanted at least one character, found none");
      request.body = std::move(call.body);
      return std::nullopt;
    case Action::update:
    case Action::modify: request.body = std::move(call.body); return std::nullopt;
    case Action::patch:
      request.patch_format = call.head->value(Field::content_type).find("merge") == std::string_view::npos
                                 ? operation::PatchFormat::json_patch
                                 : operation::PatchFormat::merge_patch;
      request.body = std::move(call.body);
      return std::nullopt;
    case Action::get: return read_deleted(call, request);
    case Action::get_revision: {
      auto refusal = read_revision(call.revision(), 1, request);
      return refusal ? refusal : read_deleted(call, request);
    }
    case Action::list_revisions: return read_list_options(call, request);
    case Action::search: request.query = query_without(call.target.query, "timing"); return std::nullopt;
    case Action::switch_to: return read_switch(call, request);
    case Action::remove:
    case Action::restore:
    case Action::purge:
    case Action::dump:
    case Action::load: return std::nullopt;
  }
  return std::nullopt;
}

// "title-check;desc=\"before trim\";dur=0.123", one for each handler.
void append_server_timing(std::string& fields, const std::vector<operation::HandlerTime>& times) {
  std::string value;
  for (const operation::HandlerTime& time : times) {
    if (!value.empty()) value.append(", ");
    value.append(time.plugin).append(";desc=\"").append(model::name_of(time.phase)).append(" ");
    for (const char c : time.handler) {
      if (c == '"' || c == '\\') value.push_back('\\');
      value.push_back(c);
    }
    char duration[48];
    std::snprintf(duration, sizeof duration, "\";dur=%.3f", std::chrono::duration<double, std::milli>(time.took).count());
    value.append(duration);
  }
  if (!value.empty()) append_field(fields, "Server-Timing", value);
}

// 304 or 412 in place of a representation that was read.
std::optional<Response> respond_conditionally(const Call& call, model::Version version, std::string_view operation_id) {
  const Head& head = *call.head;
  if (head.has(Field::if_match)) {
    const auto expected = read_if_match(head.value(Field::if_match));
    if (!expected) return problem(refusal_of(expected.error()), operation_id);
    const bool holds = expected->kind == Expected::Kind::any || (expected->kind == Expected::Kind::version && expected->version == version);
    if (!holds) {
      return problem({412, {.code = base::Code::precondition_failed,
                            .message = "If-Match: wanted " + std::string(head.value(Field::if_match)) + ", found " + etag_of(version)}},
                     operation_id);
    }
  }
  if (head.has(Field::if_none_match) && names_version(head.value(Field::if_none_match), version)) {
    return Response{.status = 304, .content_type = ""};
  }
  return std::nullopt;
}

Response respond_error(const Call& call, base::Error error, std::string_view operation_id) {
  if (error.code == base::Code::already_exists && call.wants_new()) error.code = base::Code::precondition_failed;
  return problem(refusal_of(std::move(error)), operation_id);
}

Response respond_answer(const Call& call, Action action, operation::Answer answer, std::string_view operation_id) {
  Response response;
  const bool reads_one = action == Action::get || action == Action::get_revision;
  if (reads_one && answer.version) {
    if (auto conditional = respond_conditionally(call, *answer.version, operation_id)) response = std::move(*conditional);
    if (response.status >= 400) return response;
  }
  const bool committed = writes(action) && !call.wants("dry_run");
  if (action == Action::create && committed) {
    response.status = 201;
    response.fields.append("Location: /v1/resources/").append(call.type()).append("/").append(answer.id).append("\r\n");
  }
  if (answer.version && (reads_one || committed)) response.fields.append("ETag: ").append(etag_of(*answer.version)).append("\r\n");
  if (answer.replayed) response.fields.append("Idempotency-Replayed: true\r\n");
  response.fields.append(reads_one ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n");
  if (response.status != 304) response.body = std::move(answer.body);
  return response;
}

}  // namespace

std::optional<Refusal> make_request(Call& call, operation::Request& request) {
  request.action = std::get<Action>(call.route->handler);
  request.caller = call.caller;
  request.type = call.type();
  if (call.target.depth > 3) request.id = call.id();
  if (call.wants("timing")) request.timing = operation::Timing::per_handler;
  request.correlation_id = call.correlation_id;
  if (writes(request.action)) {
    if (auto refusal = read_write_options(call, request)) return refusal;
  }
  return read_specifics(call, request);
}

std::optional<Refusal> make_dump_request(const Call& call, operation::DumpRequest& request) {
  request.caller = call.caller;
  for (const QueryParameter& parameter : call.target.parameters) {
    if (parameter.name == "type") request.types.push_back(parameter.value);
  }
  if (const auto after = call.target.parameter("after")) {
    const std::size_t slash = after->find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == after->size()) {
      return invalid_request("after: wanted type/id, found \"" + std::string(*after) + "\"");
    }
    request.after_type = after->substr(0, slash);
    request.after_id = after->substr(slash + 1);
  }
  return std::nullopt;
}

std::optional<Refusal> make_load_request(const Call& call, operation::LoadRequest& request) {
  request.caller = call.caller;
  if (const auto text = call.target.parameter("on_conflict")) {
    if (text == "fail") request.on_conflict = store::OnConflict::fail;
    else if (text == "skip") request.on_conflict = store::OnConflict::skip;
    else if (text == "overwrite") request.on_conflict = store::OnConflict::overwrite;
    else
      return invalid_request("on_conflict: wanted fail, skip or overwrite, found \"" + std::string(*text) + "\"");
  }
  if (const auto text = call.target.parameter("skip")) {
    const auto number = number_from(*text);
    if (!number) return invalid_request("skip: wanted a number, found \"" + std::string(*text) + "\"");
    request.skip = *number;
  }
  return std::nullopt;
}

Response respond(const Call& call, operation::Outcome outcome) {
  Response response = outcome.answer
                          ? respond_answer(call, std::get<Action>(call.route->handler), std::move(*outcome.answer), outcome.operation_id)
                          : respond_error(call, std::move(outcome.answer).error(), outcome.operation_id);
  if (!outcome.operation_id.empty()) append_field(response.fields, "X-Operation-Id", outcome.operation_id);
  append_server_timing(response.fields, outcome.times);
  return response;
}

Response respond(const operation::LoadOutcome& outcome, std::optional<Refusal> broken_off) {
  const operation::TransferTotals& totals = outcome.totals;
  std::string json = "{\"resources\":" + std::to_string(totals.resources) + ",\"revisions\":" + std::to_string(totals.revisions) +
                     ",\"loaded\":" + std::to_string(totals.loaded) + ",\"skipped\":" + std::to_string(totals.skipped) + "}";
  if (broken_off) return problem(*broken_off, {}, {"totals", json});
  if (outcome.error) return problem(refusal_of(*outcome.error), {}, {"totals", json});
  return {.body = std::move(json), .fields = "Cache-Control: no-store\r\n"};
}

}  // namespace backplane::http
