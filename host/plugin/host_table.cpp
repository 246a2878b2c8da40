#include "plugin/host_table.hpp"

#include <cstddef>

#include "base/log.hpp"
#include "base/version.hpp"
#include "model/name.hpp"
#include "plugin/argument.hpp"
#include "plugin/caller.hpp"
#include "plugin/crossing.hpp"
#include "plugin/document_access.hpp"
#include "plugin/grants.hpp"
#include "plugin/instance.hpp"
#include "plugin/offer.hpp"
#include "plugin/operation_context.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t most_log_bytes = 4096;
constexpr std::size_t most_details_bytes = 64 << 10;

// A rejection's code: [a-z0-9._-]{1,64}.
bool is_reason(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

base::Result<std::string> checked_details(bp_string text) {
  BACKPLANE_TRY(const auto details, checked_text("details", text, most_details_bytes));
  if (details.empty()) return std::string();
  BACKPLANE_TRY(const auto document, model::Document::parse(details));
  if (document.text().front() != '{') return Error{Code::invalid_argument, "details: wanted a JSON object"};
  return std::string(document.text());
}

// ---- the functions, in the order of the table ----

const void* get_interface(bp_self*, bp_string name) {
  const auto text = checked_text("get_interface", name, 128);
  return text ? offered_table(*text) : nullptr;
}

void log_line(bp_self* self, std::uint32_t level, bp_string message) {
  const auto least = std::min<std::uint32_t>(level, BP_LOG_ERROR);
  base::log(static_cast<base::LogLevel>(least), "plugin:" + Instance::from(self).id(), for_people(message, most_log_bytes));
}

void fault(bp_self*, bp_string message, bp_string details) {
  auto checked = checked_details(details);
  say_fault({for_people(message, most_message_bytes), checked ? std::move(*checked) : std::string()});
}

base::Result<void> add_checked_hook(bp_self* self, const bp_hook* given) {
  BACKPLANE_TRY(const bp_hook hook, checked_struct("add_hook", given, offsetof(bp_hook, user_data)));
  Hook copy;
  copy.phases = hook.phases;
  copy.actions = model::ActionSet::from_bits(hook.actions);
  copy.function = hook.handler;
  copy.user_data = hook.user_data;
  BACKPLANE_TRY(copy.name, checked_text("add_hook: name", hook.name, 128));
  if (hook.type_count > 1024)
    return Error{Code::too_large, "add_hook: wanted at most 1024 types, found " + std::to_string(hook.type_count)};
  if (hook.type_count > 0 && hook.types == nullptr) return Error{Code::invalid_argument, "add_hook: wanted types, found NULL"};
  for (std::uint64_t i = 0; i < hook.type_count; ++i) {
    BACKPLANE_TRY(const auto type, checked_text("add_hook: type", hook.types[i], 64));
    if (type == "*") {
      copy.types.clear();
      break;
    }
    BACKPLANE_CHECK(model::check_resource_type(type));
    copy.types.emplace_back(type);
  }
  return Instance::from(self).add_hook(std::move(copy));
}

std::int32_t add_hook(bp_self* self, const bp_hook* hook, bp_error* error) { return answer(add_checked_hook(self, hook), error); }

std::int32_t compile_pointer(bp_self* self, bp_string text, const bp_pointer** out, bp_error* error) {
  if (out == nullptr) return answer(Error{Code::invalid_argument, "compile_pointer: wanted a place for the pointer, found NULL"}, error);
  const auto checked = checked_text("compile_pointer", text, 4096);
  if (!checked) return answer(checked.error(), error);
  const auto compiled = Instance::from(self).compile_pointer(std::string(*checked));
  if (!compiled) return answer(compiled.error(), error);
  *out = reinterpret_cast<const bp_pointer*>(*compiled);
  return BP_OK;
}

const bp_document* config(bp_self* self) { return to_abi(Instance::from(self).config()); }

base::Result<void> reject(const bp_operation* operation, bp_string reason, bp_string message, bp_string details) {
  OperationContext* context = context_of(operation);
  if (context == nullptr) return not_in_handler("op_reject");
  Error rejection{Code::rejected, for_people(message, most_message_bytes)};
  rejection.plugin = instance_here().id();
  // A rejection always rejects: one whose code or details are not in order loses them, not its effect.
  if (const auto code = checked_text("reason", reason, 64); code && is_reason(*code)) rejection.reason = *code;
  if (auto checked = checked_details(details)) rejection.details = std::move(*checked);
  return context->reject(std::move(rejection));
}

std::int32_t op_reject(const bp_operation* operation, bp_string reason, bp_string message, bp_string details) {
  return answer(reject(operation, reason, message, details), nullptr);
}

std::int32_t op_replace(const bp_operation* operation, bp_string document, bp_error* error) {
  OperationContext* context = context_of(operation);
  if (context == nullptr) return answer(not_in_handler("op_replace"), error);
  const auto text = checked_text("op_replace: document", document, most_document_bytes);
  return answer(text ? context->replace(*text) : base::Result<void>(text.error()), error);
}

std::int32_t op_patch(const bp_operation* operation, std::uint32_t format, bp_string patch, bp_error* error) {
  OperationContext* context = context_of(operation);
  if (context == nullptr) return answer(not_in_handler("op_patch"), error);
  if (format > BP_MERGE_PATCH)
    return answer(Error{Code::invalid_argument, "op_patch: wanted the format 0 or 1, found " + std::to_string(format)}, error);
  const auto text = checked_text("op_patch: patch", patch, most_document_bytes);
  return answer(text ? context->patch_input(static_cast<PatchFormat>(format), *text) : base::Result<void>(text.error()), error);
}

std::int32_t op_set_status(const bp_operation* operation, std::uint32_t status, bp_error* error) {
  OperationContext* context = context_of(operation);
  if (context == nullptr) return answer(not_in_handler("op_set_status"), error);
  if (status > BP_REVISION_DRAFT)
    return answer(Error{Code::invalid_argument, "op_set_status: wanted 0 (stable) or 1 (draft), found " + std::to_string(status)}, error);
  return answer(context->set_draft_status(static_cast<model::Status>(status)), error);
}

base::Result<void> enlist(const bp_operation* operation, const bp_request* request) {
  constexpr model::ActionSet enlistable{model::Action::create, model::Action::update, model::Action::modify,
                                        model::Action::remove, model::Action::restore};
  OperationContext* context = context_of(operation);
  if (context == nullptr) return not_in_handler("op_enlist");
  BACKPLANE_TRY(auto copy, checked_request("op_enlist", request));
  if (!enlistable.contains(copy.action))
    return Error{Code::unsupported, "op_enlist: wanted create, update, modify, delete or restore, found " + std::string(name_of(copy.action))};
  if (copy.id.empty()) return Error{Code::invalid_argument, "op_enlist: wanted an id, found none"};
  if (!copy.query.empty() || !copy.idempotency_key.empty())
    return Error{Code::invalid_argument, "op_enlist: wanted neither a query nor an idempotency_key"};
  Instance& instance = instance_here();
  BACKPLANE_CHECK(check_operation(instance.settings().grants, copy.action, copy.type));
  BACKPLANE_CHECK(instance.operations().check_enlisted(copy));
  return context->enlist(std::move(copy));
}

std::int32_t op_enlist(const bp_operation* operation, const bp_request* request, bp_error* error) {
  return answer(enlist(operation, request), error);
}

std::int64_t op_remaining_us(const bp_operation* operation) {
  const OperationContext* context = context_of(operation);
  return context == nullptr ? 0 : context->remaining().count();
}

bp_reply view_of(const PluginReply& reply) {
  bp_reply shown{};
  shown.struct_size = sizeof(bp_reply);
  shown.status = static_cast<std::uint32_t>(reply.status);
  shown.revision = reply.version.revision;
  shown.edit = reply.version.edit;
  shown.type = to_abi(std::string_view(reply.type));
  shown.id = to_abi(std::string_view(reply.id));
  shown.document = reply.document ? to_abi(*reply.document) : nullptr;
  shown.deleted = reply.deleted ? 1 : 0;
  shown.created_us = to_abi(reply.created_at);
  shown.updated_us = to_abi(reply.updated_at);
  shown.created_by = to_abi(std::string_view(reply.created_by));
  shown.updated_by = to_abi(std::string_view(reply.updated_by));
  return shown;
}

base::Result<void> run_operation(bp_self* self, const bp_operation* operation, const bp_request* request,
                                 bp_receive_fn receive, void* user_data) {
  Instance& instance = Instance::from(self);
  BACKPLANE_TRY(auto copy, checked_request("operate", request));
  if (operation != nullptr && context_of(operation) == nullptr) return not_in_handler("operate");
  // Inside a handler the operation belongs to what is handled, whether it says so or not: its depth is limited with it.
  const HandlerContext* const here = context_here();
  const Cause cause = here != nullptr ? here->cause() : Cause{};
  if (here != nullptr && cause.budget_us <= 0) return Error{Code::timeout, "operate: the handler's time is up"};
  if (cause.dry_run && !model::actions::read.contains(copy.action))
    return Error{Code::unsupported, "operate: in a dry run wanted a read, found " + std::string(model::name_of(copy.action))};
  BACKPLANE_CHECK(check_operation(instance.settings().grants, copy.action, copy.type));
  BACKPLANE_TRY(const PluginReply reply, instance.operations().operate(instance.id(), cause, std::move(copy)));
  if (receive != nullptr) {
    const bp_reply shown = view_of(reply);
    receive(user_data, &shown);
  }
  return base::ok();
}

std::int32_t operate(bp_self* self, const bp_operation* cause, const bp_request* request, bp_receive_fn receive, void* user_data,
                     bp_error* error) {
  return answer(run_operation(self, cause, request, receive, user_data), error);
}

}  // namespace

const bp_host& host_table() {
  static const bp_host table{sizeof(bp_host), BP_ABI_MINOR,    to_abi(std::string_view("backplane")),
                             to_abi(base::version()),
                             get_interface,   log_line,        fault,
                             add_hook,        compile_pointer, config,
                             document_json,   document_get,    document_find,
                             document_each,   document_text,   op_reject,
                             op_replace,      op_patch,        op_set_status,
                             op_enlist,       op_remaining_us, operate};
  return table;
}

}  // namespace backplane::plugin
