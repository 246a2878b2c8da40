#include "operation/recorded.hpp"

#include <array>
#include <bit>
#include <nlohmann/json.hpp>

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using base::Json;

constexpr std::array<std::string_view, 3> deleted_names{"exclude", "include",
                                                        "only"};  // in the order of store::Deleted

void put_text(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

Json error_json(const Error& error) {
  Json json{{"code", base::name_of(error.code)}, {"message", error.message}};
  put_text(json, "reason", error.reason);
  put_text(json, "plugin", error.plugin);
  return json;
}

Error wrong_member(std::string_view name) {
  return {Code::invalid_argument,
          "a recorded operation: " + std::string(name) + ": wanted what the host writes, found something else"};
}

// Empty where there is no such member.
base::Result<std::string> text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return std::string();
  if (!found->is_string()) return wrong_member(name);
  return found->get<std::string>();
}

base::Result<void> read_choices(const Json& json, Request& request) {
  BACKPLANE_TRY(const auto action, text_of(json, "action"));
  const auto set = model::actions_named(action);
  if (!set || !std::has_single_bit(set->bits())) return wrong_member("action");
  request.action = static_cast<model::Action>(set->bits());
  BACKPLANE_TRY(const auto format, text_of(json, "patch_format"));
  request.patch_format = format == "merge_patch" ? PatchFormat::merge_patch : PatchFormat::json_patch;
  BACKPLANE_TRY(const auto status, text_of(json, "status"));
  request.status = model::status_named(status);
  if (!status.empty() && !request.status) return wrong_member("status");
  BACKPLANE_TRY(const auto expected, text_of(json, "expected"));
  if (!expected.empty()) request.expected = model::version_from(expected);
  if (!expected.empty() && !request.expected) return wrong_member("expected");
  BACKPLANE_TRY(const auto deleted, text_of(json, "deleted"));
  for (std::size_t i = 0; i < deleted_names.size(); ++i)
    if (deleted == deleted_names[i]) request.deleted = static_cast<store::Deleted>(i);
  const auto revision = json.find("revision");
  if (revision == json.end()) return base::ok();
  if (!revision->is_number_unsigned()) return wrong_member("revision");
  request.revision = revision->get<std::uint64_t>();
  return base::ok();
}

base::Result<std::string> answer_from(const Json& json) {
  if (const auto answer = json.find("answer"); answer != json.end()) return base::to_text(*answer);
  const auto found = json.find("error");
  if (found == json.end() || !found->is_object()) return wrong_member("error");
  Error error;
  BACKPLANE_TRY(error.message, text_of(*found, "message"));
  BACKPLANE_TRY(error.reason, text_of(*found, "reason"));
  BACKPLANE_TRY(error.plugin, text_of(*found, "plugin"));
  BACKPLANE_TRY(const auto code, text_of(*found, "code"));
  for (int number = 1; number <= static_cast<int>(Code::internal); ++number)
    if (base::name_of(static_cast<Code>(number)) == code) error.code = static_cast<Code>(number);
  return error;
}

}  // namespace

std::size_t bytes_of(const Recorded& recorded) {
  const Request& request = recorded.request;
  const std::size_t answer = recorded.answer ? recorded.answer->size() : recorded.answer.error().message.size();
  return sizeof(Recorded) + request.body.size() + request.query.size() + request.type.size() + 2 * request.id.size() +
         answer;
}

Json to_json(const Recorded& recorded) {
  const Request& request = recorded.request;
  Json json{{"time", base::to_rfc3339(recorded.time)},
            {"action", model::name_of(request.action)},
            {"actor", request.caller.actor},
            {"type", request.type}};
  put_text(json, "tenant", request.caller.tenant);
  put_text(json, "id", recorded.id);
  put_text(json, "body", request.body);
  if (request.action == model::Action::patch)
    json["patch_format"] = request.patch_format == PatchFormat::merge_patch ? "merge_patch" : "json_patch";
  if (request.status) json["status"] = model::name_of(*request.status);
  if (request.expected) json["expected"] = model::to_string(*request.expected);
  if (request.revision != 0) json["revision"] = request.revision;
  put_text(json, "query", request.query);
  if (request.deleted != store::Deleted::exclude)
    json["deleted"] = deleted_names[static_cast<std::size_t>(request.deleted)];
  put_text(json, "correlation_id", request.correlation_id);
  if (recorded.answer)
    json["answer"] = Json::parse(*recorded.answer, nullptr, false);
  else
    json["error"] = error_json(recorded.answer.error());
  return json;
}

base::Result<Recorded> recorded_from(const Json& json) {
  if (!json.is_object()) return wrong_member("the whole");
  Recorded recorded;
  Request& request = recorded.request;
  BACKPLANE_CHECK(read_choices(json, request));
  BACKPLANE_TRY(const auto time, text_of(json, "time"));
  BACKPLANE_TRY(recorded.time, base::from_rfc3339(time));
  BACKPLANE_TRY(request.caller.actor, text_of(json, "actor"));
  BACKPLANE_TRY(request.caller.tenant, text_of(json, "tenant"));
  BACKPLANE_TRY(request.type, text_of(json, "type"));
  BACKPLANE_TRY(request.id, text_of(json, "id"));
  BACKPLANE_TRY(request.body, text_of(json, "body"));
  BACKPLANE_TRY(request.query, text_of(json, "query"));
  BACKPLANE_TRY(request.correlation_id, text_of(json, "correlation_id"));
  recorded.id = request.id;
  recorded.answer = answer_from(json);
  return recorded;
}

}  // namespace backplane::operation
