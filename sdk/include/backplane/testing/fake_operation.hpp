// A document and an operation as TestHost lends them. Included by testing.hpp.
#pragma once

#include <backplane/testing.hpp>

namespace backplane::sdk::testing {

struct FakeDocument {
  explicit FakeDocument(nlohmann::json given) : value(std::move(given)), text(value.dump()) {}
  const bp_document* handle() const { return reinterpret_cast<const bp_document*>(this); }
  static const FakeDocument& of(const bp_document* document) {
    return *reinterpret_cast<const FakeDocument*>(document);
  }

  nlohmann::json value;
  std::string text;
};

// What the innermost handler on this thread handles: an operation or an event of a host, or nothing.
struct Handled {
  const TestHost* host = nullptr;
  const bp_operation* operation = nullptr;
  const bp_event* event = nullptr;
};
inline thread_local Handled handled_now;

// A bp_operation with what it points to.
struct FakeOperation : bp_operation {
  FakeOperation(TestHost& by, Fired& to, Phase phase_given, Action action_given, const Given& given);
  static FakeOperation& of(const bp_operation* operation) {
    return static_cast<FakeOperation&>(const_cast<bp_operation&>(*operation));
  }

  const bp_document* keep(const std::optional<nlohmann::json>& value) {
    return value ? documents.emplace_back(*value).handle() : nullptr;
  }
  bool decides() const { return phase == BP_BEFORE; }
  // The operation of the innermost handler that this thread is in, when it is one of this host.
  static const bp_operation* handled_by(const TestHost& host) {
    return handled_now.host == &host ? handled_now.operation : nullptr;
  }
  bool writes_document() const { return (action & (BP_WRITE | BP_LOAD)) != 0; }

  TestHost& host;
  Fired& fired;
  Given facts;
  std::deque<FakeDocument> documents;  // replaced ones stay valid until the handler returns
  std::string ids[2];
  bp_error stopped{};
  bool rejected = false;
};

inline FakeOperation::FakeOperation(TestHost& by, Fired& to, Phase phase_given, Action action_given, const Given& given)
    : bp_operation{},
      host(by),
      fired(to),
      facts(given),
      ids{"00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"} {
  struct_size = sizeof(bp_operation);
  phase = static_cast<std::uint32_t>(phase_given);
  action = bits(action_given);
  outcome = facts.error_ ? BP_FAILED : decides() ? BP_PENDING : BP_SUCCEEDED;
  status = static_cast<std::uint32_t>(facts.status_);
  depth = facts.depth_;
  dry_run = facts.dry_run_ ? 1 : 0;
  time_us = facts.time_us_;
  budget_us = facts.budget_.count();
  operation_id = detail::to_c(ids[0]);
  correlation_id = detail::to_c(ids[1]);
  actor = detail::to_c(facts.actor_);
  tenant = detail::to_c(facts.tenant_);
  type = detail::to_c(facts.type_);
  id = detail::to_c(facts.id_);
  revision = facts.revision_;
  input = keep(facts.input_);
  patch = keep(facts.patch_);
  previous = keep(facts.previous_);
  result = keep(facts.result_);
  if (facts.error_) {
    const Error& from = *facts.error_;
    stopped = {sizeof stopped,
               static_cast<std::int32_t>(from.status()),
               detail::to_c(from.reason()),
               detail::to_c(from.message()),
               detail::to_c(from.details()),
               detail::to_c(from.plugin())};
    error = &stopped;
  }
  fired.status = facts.status_;
  if (facts.input_) fired.document = *facts.input_;
}

}  // namespace backplane::sdk::testing
