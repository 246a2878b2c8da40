// The functions of a host as TestHost offers them. Included by testing.hpp.
#pragma once

#include <backplane/testing/fake_operation.hpp>

#include <algorithm>
#include <cstring>

namespace backplane::sdk::testing {

struct HostTable {
  static TestHost& host_of(bp_self* self) { return *reinterpret_cast<TestHost*>(self); }

  // Fills `out`, as far as it has room, with texts that live until this thread's next failure.
  static std::int32_t fail(bp_error* out, Error error) {
    static thread_local std::optional<Error> kept;
    const std::int32_t status = static_cast<std::int32_t>(error.status());
    kept.emplace(std::move(error));
    if (out == nullptr || out->struct_size < sizeof out->struct_size) return status;
    const bp_error whole{std::min<std::uint32_t>(out->struct_size, sizeof(bp_error)),
                         status,
                         detail::to_c(kept->reason()),
                         detail::to_c(kept->message()),
                         detail::to_c(kept->details()),
                         detail::to_c(kept->plugin())};
    std::memcpy(static_cast<void*>(out), &whole, whole.struct_size);
    return status;
  }

  static Asked asked_of(const bp_request& request, const bp_operation* cause) {
    const auto text = [](bp_string from) { return std::string(detail::view(from)); };
    Asked asked;
    asked.action = static_cast<Action>(request.action);
    asked.type = text(request.type);
    asked.id = text(request.id);
    asked.document = text(request.document);
    asked.query = text(request.query);
    asked.idempotency_key = text(request.idempotency_key);
    asked.format = static_cast<PatchFormat>(request.patch_format);
    asked.status = static_cast<RequestedStatus>(request.status);
    asked.revision = request.revision;
    if (request.conditional) asked.expected_revision = request.expected_revision;
    if (cause) asked.cause = text(cause->operation_id);
    return asked;
  }

  static const void* get_interface(bp_self* self, bp_string name);  // in events_table.hpp

  static void log(bp_self* self, std::uint32_t level, bp_string message) {
    TestHost& host = host_of(self);
    const std::lock_guard lock(host.mutex_);
    host.log_.push_back({static_cast<LogLevel>(level), std::string(detail::view(message))});
  }

  static void fault(bp_self* self, bp_string message, bp_string details) {
    TestHost& host = host_of(self);
    const std::lock_guard lock(host.mutex_);
    host.last_fault_ =
        Fault{"", Status::plugin_fault, std::string(detail::view(message)), std::string(detail::view(details))};
  }

  static std::int32_t add_hook(bp_self* self, const bp_hook* hook, bp_error* error) {
    TestHost& host = host_of(self);
    const std::string name(detail::view(hook->name));
    const auto same = [&](const RegisteredHook& other) { return !name.empty() && other.name == name; };
    const bool known = hook->phases != 0 && hook->phases <= 15 && hook->actions != 0 &&
                       (hook->actions & ~BP_FULL) == 0 && hook->handler != nullptr;
    if (!known || std::any_of(host.hooks_.begin(), host.hooks_.end(), same)) {
      return fail(error, Error(Status::invalid_argument,
                               "hook " + quote(name) + ": wanted a phase, an action, a handler and a name of its own"));
    }
    std::vector<std::string> types;
    for (std::uint64_t i = 0; i < hook->type_count; ++i) types.emplace_back(detail::view(hook->types[i]));
    host.hooks_.push_back(
        {hook->phases, static_cast<Action>(hook->actions), std::move(types), name, hook->handler, hook->user_data});
    return BP_OK;
  }

  static std::optional<nlohmann::json::json_pointer> pointer_of(bp_string text) {
    try {
      return nlohmann::json::json_pointer(std::string(detail::view(text)));
    } catch (const nlohmann::json::exception&) {
      return std::nullopt;
    }
  }

  static std::int32_t compile_pointer(bp_self* self, bp_string text, const bp_pointer** out, bp_error* error) {
    TestHost& host = host_of(self);
    const auto pointer = pointer_of(text);
    if (!pointer)
      return fail(error, Error(Status::invalid_argument, quote(detail::view(text)) + ": wanted a JSON Pointer"));
    const std::lock_guard lock(host.mutex_);
    *out = reinterpret_cast<const bp_pointer*>(&host.pointers_.emplace_back(*pointer));
    return BP_OK;
  }

  static const bp_document* config(bp_self* self) { return host_of(self).config_->handle(); }

  static bp_string document_json(const bp_document* document) { return detail::to_c(FakeDocument::of(document).text); }

  static const nlohmann::json* value_at(const bp_document* document, const nlohmann::json::json_pointer& pointer) {
    const auto& value = FakeDocument::of(document).value;
    return value.contains(pointer) ? &value.at(pointer) : nullptr;
  }

  static bp_value value_of(const nlohmann::json& json) {
    bp_value value{};
    switch (json.type()) {
      case nlohmann::json::value_t::boolean:
        value.kind = BP_BOOLEAN;
        value.boolean = json.get<bool>();
        break;
      case nlohmann::json::value_t::number_unsigned:
        value.kind = json.get<std::uint64_t>() > INT64_MAX ? BP_UNSIGNED : BP_INTEGER;
        break;
      case nlohmann::json::value_t::number_integer: value.kind = BP_INTEGER; break;
      case nlohmann::json::value_t::number_float: value.kind = BP_NUMBER; break;
      case nlohmann::json::value_t::string:
        value.kind = BP_STRING;
        value.string = detail::to_c(json.get_ref<const std::string&>());
        break;
      case nlohmann::json::value_t::array:
        value.kind = BP_ARRAY;
        value.count = json.size();
        break;
      case nlohmann::json::value_t::object:
        value.kind = BP_OBJECT;
        value.count = json.size();
        break;
      case nlohmann::json::value_t::null:
      case nlohmann::json::value_t::binary:
      case nlohmann::json::value_t::discarded: value.kind = BP_NULL; break;
    }
    if (json.is_number()) value.number = json.get<double>();
    if (json.is_number_integer())
      value.integer = static_cast<std::int64_t>(
          json.is_number_unsigned() ? json.get<std::uint64_t>() : static_cast<std::uint64_t>(json.get<std::int64_t>()));
    return value;
  }

  static std::int32_t document_get(const bp_document* document, const bp_pointer* pointer, bp_value* out) {
    const auto* value = value_at(document, *reinterpret_cast<const nlohmann::json::json_pointer*>(pointer));
    if (value == nullptr) return BP_E_NOT_FOUND;
    *out = value_of(*value);
    return BP_OK;
  }

  static std::int32_t document_find(const bp_document* document, bp_string pointer, bp_value* out) {
    const auto compiled = pointer_of(pointer);
    if (!compiled) return BP_E_INVALID_ARGUMENT;
    const auto* value = value_at(document, *compiled);
    if (value == nullptr) return BP_E_NOT_FOUND;
    *out = value_of(*value);
    return BP_OK;
  }

  static std::int32_t document_each(const bp_document* document, bp_string pointer, bp_each_fn each, void* user_data) {
    const auto compiled = pointer_of(pointer);
    if (!compiled) return BP_E_INVALID_ARGUMENT;
    const auto* value = value_at(document, *compiled);
    if (value == nullptr || !value->is_structured()) return BP_E_NOT_FOUND;
    for (auto item = value->begin(); item != value->end(); ++item) {
      const bp_value child = value_of(*item);
      if (each(user_data, value->is_object() ? detail::to_c(item.key()) : bp_string{}, &child) != 0) break;
    }
    return BP_OK;
  }

  static std::int32_t document_text(const bp_document* document, bp_string pointer, void (*receive)(void*, bp_string),
                                    void* user_data) {
    const auto compiled = pointer_of(pointer);
    if (!compiled) return BP_E_INVALID_ARGUMENT;
    const auto* value = value_at(document, *compiled);
    if (value == nullptr) return BP_E_NOT_FOUND;
    const std::string text = value->dump();
    receive(user_data, detail::to_c(text));
    return BP_OK;
  }

  static std::int32_t op_reject(const bp_operation* operation, bp_string reason, bp_string message, bp_string details) {
    auto& op = FakeOperation::of(operation);
    const std::string_view code = detail::view(reason);
    const auto parsed =
        details.size == 0 ? nlohmann::json() : nlohmann::json::parse(detail::view(details), nullptr, false);
    const bool plain = code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
    if (!op.decides()) return BP_E_UNSUPPORTED;
    op.rejected = true;
    // As a host does it: what is malformed is left out, the rejection stands.
    op.fired.reason = code.size() <= 64 && plain ? code : std::string_view();
    op.fired.message = detail::view(message);
    op.fired.details = parsed.is_object() ? parsed : nlohmann::json();
    return BP_OK;
  }

  static std::int32_t put(FakeOperation& op, nlohmann::json document) {
    op.fired.document = document;
    op.fired.changed = true;
    op.input = op.documents.emplace_back(std::move(document)).handle();
    return BP_OK;
  }

  static std::int32_t op_replace(const bp_operation* operation, bp_string document, bp_error* error) {
    auto& op = FakeOperation::of(operation);
    if (!op.decides() || !op.writes_document())
      return fail(error, Error(Status::unsupported, "replace: there is no document to be written here"));
    auto parsed = nlohmann::json::parse(detail::view(document), nullptr, false);
    if (parsed.is_discarded())
      return fail(
          error, Error(Status::invalid_argument, "replace: wanted JSON, found " + std::string(detail::view(document))));
    return put(op, std::move(parsed));
  }

  static std::int32_t op_patch(const bp_operation* operation, std::uint32_t patch_format, bp_string patch,
                               bp_error* error) {
    auto& op = FakeOperation::of(operation);
    if (!op.decides() || !op.writes_document())
      return fail(error, Error(Status::unsupported, "patch: there is no document to be written here"));
    try {
      auto document = op.input ? FakeDocument::of(op.input).value : nlohmann::json();
      const auto parsed = nlohmann::json::parse(detail::view(patch));
      if (patch_format == BP_JSON_PATCH) return put(op, document.patch(parsed));
      document.merge_patch(parsed);
      return put(op, std::move(document));
    } catch (const nlohmann::json::exception& wrong) {
      return fail(error, Error(Status::invalid_argument, wrong.what()));
    }
  }

  static std::int32_t op_set_status(const bp_operation* operation, std::uint32_t status, bp_error* error) {
    auto& op = FakeOperation::of(operation);
    if (!op.decides() || !op.writes_document())
      return fail(error, Error(Status::unsupported, "set_status: there is no revision to be written here"));
    op.status = status;
    op.fired.status = static_cast<RevisionStatus>(status);
    return BP_OK;
  }

  static std::int32_t op_enlist(const bp_operation* operation, const bp_request* request, bp_error* error) {
    auto& op = FakeOperation::of(operation);
    const bool can = (request->action & (BP_CREATE | BP_UPDATE | BP_MODIFY | BP_DELETE | BP_RESTORE)) != 0;
    if (!op.decides() || (op.action & (BP_WRITE | BP_LIFECYCLE)) == 0 || !can)
      return fail(error, Error(Status::unsupported,
                               "enlist: wanted a write, in phase before of an operation that changes something"));
    if (request->id.size == 0)
      return fail(error, Error(Status::invalid_argument, "enlist: wanted the id of the resource, found none"));
    if (request->idempotency_key.size != 0)
      return fail(error, Error(Status::invalid_argument, "enlist: wanted no idempotency_key, found one"));
    if (!known_status(*request)) return fail(error, wrong_status("enlist", *request));
    if (const char* const member = stray_member(*request)) return fail(error, wrong_member("enlist", member));
    op.fired.enlisted.push_back(asked_of(*request, operation));
    return BP_OK;
  }

  static bool known_status(const bp_request& request) { return request.status <= BP_MAKE_DRAFT; }
  static Error wrong_status(std::string_view function, const bp_request& request) {
    return Error(Status::invalid_argument,
                 std::string(function) + ": wanted the status 0 (keep), 1 (make stable) or 2 (make draft), found " +
                     std::to_string(request.status));
  }

  // A member that the action does not take; null: none.
  static const char* stray_member(const bp_request& request) {
    const std::uint64_t action = request.action;
    const bool changes = (action & (BP_WRITE | BP_LIFECYCLE)) != 0, writes = (action & BP_WRITE) != 0;
    if (request.id.size != 0 && action == BP_SEARCH) return "id";
    if (request.status != BP_KEEP_STATUS && !writes) return "status";
    if (request.document.size != 0 && !writes) return "document";
    if (request.patch_format != 0 && action != BP_PATCH) return "patch_format";
    if (request.conditional > 1 || (request.conditional != 0 && (!changes || action == BP_CREATE))) return "conditional";
    if (request.expected_revision != 0 && request.conditional == 0) return "expected_revision";
    if (request.expected_edit != 0 && request.conditional == 0) return "expected_edit";
    if (request.revision != 0 && action != BP_GET_REVISION && action != BP_SWITCH) return "revision";
    if (request.query.size != 0 && action != BP_SEARCH) return "query";
    if (request.idempotency_key.size != 0 && !changes) return "idempotency_key";
    return nullptr;
  }
  static Error wrong_member(std::string_view function, std::string_view member) {
    return Error(Status::invalid_argument, std::string(function) + ": " + std::string(member) +
                                               ": wanted none in this action, found one");
  }

  // Why a host would not even begin with it.
  static void check(const bp_request& request, const bp_operation* cause, const bp_event* event) {
    if (!known_status(request)) throw wrong_status("operate", request);
    if (const char* const member = stray_member(request)) throw wrong_member("operate", member);
    if (cause && cause->dry_run && (request.action & BP_READ) == 0)
      throw Error(Status::unsupported, "operate: wanted a read in a dry run, found " +
                                           std::string(name_of(static_cast<Action>(request.action))));
    if ((cause && op_remaining_us(cause) <= 0) || (event && event->budget_us <= 0))
      throw Error(Status::timeout, "operate: the handler's time is up");
  }

  static std::int64_t op_remaining_us(const bp_operation* operation) { return operation->budget_us; }

  static std::int32_t operate(bp_self* self, const bp_operation* cause, const bp_request* request,
                              bp_receive_fn receive, void* user_data, bp_error* error) {
    TestHost& host = host_of(self);
    if (cause == nullptr) cause = FakeOperation::handled_by(host);
    const bp_event* event = cause == nullptr && handled_now.host == &host ? handled_now.event : nullptr;
    try {
      check(*request, cause, event);
      Asked asked = asked_of(*request, cause);
      if (event) asked.cause = detail::view(event->event_id);
      {
        const std::lock_guard lock(host.mutex_);
        host.asked_.push_back(asked);
      }
      if (!host.answers_)
        throw Error(Status::unavailable, std::string(name_of(asked.action)) + ": the test gave no answers");
      const Answer answer = host.answers_(asked);
      const FakeDocument document(answer.document);
      const std::string& id = answer.id.empty() ? asked.id : answer.id;
      bp_reply reply{};
      reply.struct_size = sizeof reply;
      reply.revision = answer.revision;
      reply.status = request->status == BP_MAKE_DRAFT ? BP_REVISION_DRAFT : BP_REVISION_STABLE;
      reply.type = request->type;
      reply.id = detail::to_c(id);
      const bool none = answer.document.is_null() || request->action == BP_PURGE;
      reply.document = none ? nullptr : document.handle();
      if (receive) receive(user_data, &reply);
      return BP_OK;
    } catch (const Error& wrong) {
      return fail(error, wrong);
    }
  }

  static bp_host make(std::uint32_t size) {
    return {size,
            BP_ABI_MINOR,
            detail::to_c("backplane"),
            detail::to_c("1.0.0-test"),
            &get_interface,
            &log,
            &fault,
            &add_hook,
            &compile_pointer,
            &config,
            &document_json,
            &document_get,
            &document_find,
            &document_each,
            &document_text,
            &op_reject,
            &op_replace,
            &op_patch,
            &op_set_status,
            &op_enlist,
            &op_remaining_us,
            &operate};
  }
};

}  // namespace backplane::sdk::testing
