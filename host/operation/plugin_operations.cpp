// The conductor's side towards plugins: their requests become operations of their own.
#include <nlohmann/json.hpp>

#include "operation/conductor.hpp"
#include "operation/stage.hpp"

namespace backplane::operation {
namespace {

Request request_of(const std::string& plugin_id, const plugin::Cause& cause, plugin::PluginRequest asked) {
  Request request;
  request.action = asked.action;
  request.caller = {"plugin:" + plugin_id, cause.tenant};
  request.type = std::move(asked.type);
  request.id = std::move(asked.id);
  request.body = std::move(asked.document);
  request.patch_format =
      asked.patch_format == plugin::PatchFormat::merge_patch ? PatchFormat::merge_patch : PatchFormat::json_patch;
  request.status = asked.status;
  request.expected = asked.expected;
  request.revision = asked.revision;
  request.query = std::move(asked.query);
  request.idempotency_key = std::move(asked.idempotency_key);
  request.correlation_id = cause.correlation_id;
  request.causation_id = cause.causation_id;
  request.depth = cause.depth;
  return request;
}

plugin::PluginReply reply_of(model::Action action, std::string type, Answer answer) {
  plugin::PluginReply reply;
  reply.type = std::move(type);
  reply.id = std::move(answer.id);
  if (answer.replayed && answer.version) {
    const auto stored = base::Json::parse(answer.body, nullptr, false);
    reply.version = *answer.version;
    reply.status = model::status_named(stored.value("status", "")).value_or(model::Status::stable);
    reply.deleted = stored.value("deleted", false);
    reply.document = model::Document::from(stored.value("data", base::Json()));
    return reply;
  }
  if (!answer.resource) {
    if (action == model::Action::purge) return reply;
    reply.document = model::Document::trusted(std::move(answer.body));
    return reply;
  }
  model::Resource& resource = *answer.resource;
  reply.version = resource.current.version;
  reply.status = resource.current.status;
  reply.deleted = resource.deleted;
  reply.created_at = resource.created_at;
  reply.updated_at = resource.updated_at;
  reply.created_by = std::move(resource.created_by);
  reply.updated_by = std::move(resource.updated_by);
  reply.document = std::move(resource.current.document);
  return reply;
}

}  // namespace

base::Result<plugin::PluginReply> Conductor::operate(const std::string& plugin_id, const plugin::Cause& cause,
                                                     plugin::PluginRequest asked) {
  Job job{.request = request_of(plugin_id, cause, std::move(asked)), .plugin = plugin_id, .inside = cause.inside};
  if (cause.budget_us > 0) job.until = std::chrono::steady_clock::now() + std::chrono::microseconds(cause.budget_us);
  const model::Action action = job.request.action;
  std::string type = job.request.type;
  Outcome outcome = base::run_here([&](base::Executor& executor) { return run(std::move(job), executor); });
  if (!outcome.answer) return std::move(outcome.answer).error();
  return reply_of(action, std::move(type), std::move(*outcome.answer));
}

base::Result<void> Conductor::check_enlisted(const plugin::PluginRequest& request) {
  const auto rules = setup().rules;
  BACKPLANE_TRY([[maybe_unused]] const auto write,
                enlisted_write(request, {}, rules->types, {rules->settings.max_document_bytes, rules->settings.max_json_depth}));
  return base::ok();
}

}  // namespace backplane::operation
