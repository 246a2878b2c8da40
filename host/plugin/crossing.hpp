// The values that cross the border, and their twins on this side. Numbers that both sides know are checked here.
#pragma once

#include <backplane/backplane.h>

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "model/action.hpp"
#include "model/document.hpp"
#include "model/resource.hpp"

namespace backplane::plugin {

inline bp_string to_abi(std::string_view text) { return {text.data(), text.size()}; }

inline const bp_document* to_abi(const model::Document& document) {
  return reinterpret_cast<const bp_document*>(&document);
}
inline const model::Document& from_abi(const bp_document* document) {
  return *reinterpret_cast<const model::Document*>(document);
}

inline std::int64_t to_abi(base::UtcTime time) { return time.time_since_epoch().count(); }

static_assert(BP_REJECTED == static_cast<int>(base::Code::rejected));
static_assert(BP_E_INVALID_ARGUMENT == static_cast<int>(base::Code::invalid_argument));
static_assert(BP_E_INVALID_DOCUMENT == static_cast<int>(base::Code::invalid_document));
static_assert(BP_E_UNAUTHENTICATED == static_cast<int>(base::Code::unauthenticated));
static_assert(BP_E_DENIED == static_cast<int>(base::Code::denied));
static_assert(BP_E_NOT_FOUND == static_cast<int>(base::Code::not_found));
static_assert(BP_E_ALREADY_EXISTS == static_cast<int>(base::Code::already_exists));
static_assert(BP_E_CONFLICT == static_cast<int>(base::Code::conflict));
static_assert(BP_E_PRECONDITION_FAILED == static_cast<int>(base::Code::precondition_failed));
static_assert(BP_E_TOO_LARGE == static_cast<int>(base::Code::too_large));
static_assert(BP_E_TIMEOUT == static_cast<int>(base::Code::timeout));
static_assert(BP_E_DEPTH_EXCEEDED == static_cast<int>(base::Code::depth_exceeded));
static_assert(BP_E_UNAVAILABLE == static_cast<int>(base::Code::unavailable));
static_assert(BP_E_CANCELLED == static_cast<int>(base::Code::cancelled));
static_assert(BP_E_PLUGIN_FAULT == static_cast<int>(base::Code::plugin_fault));
static_assert(BP_E_STORAGE == static_cast<int>(base::Code::storage));
static_assert(BP_E_UNSUPPORTED == static_cast<int>(base::Code::unsupported));
static_assert(BP_E_INTERNAL == static_cast<int>(base::Code::internal));

static_assert(BP_CREATE == static_cast<std::uint64_t>(model::Action::create));
static_assert(BP_PATCH == static_cast<std::uint64_t>(model::Action::patch));
static_assert(BP_SWITCH == static_cast<std::uint64_t>(model::Action::switch_to));
static_assert(BP_FULL == model::actions::full.bits());
static_assert(BP_MUTATE == model::actions::mutate.bits());
static_assert(BP_READ == model::actions::read.bits());
static_assert(BP_LIFECYCLE == model::actions::lifecycle.bits());

static_assert(BP_BEFORE == static_cast<std::uint32_t>(model::Phase::before));
static_assert(BP_AFTER == static_cast<std::uint32_t>(model::Phase::after));
static_assert(BP_ON_SUCCESS == static_cast<std::uint32_t>(model::Phase::on_success));
static_assert(BP_ON_FAILURE == static_cast<std::uint32_t>(model::Phase::on_failure));

static_assert(BP_REVISION_STABLE == static_cast<std::uint32_t>(model::Status::stable));
static_assert(BP_REVISION_DRAFT == static_cast<std::uint32_t>(model::Status::draft));

// The error as the ABI shows it: views into `error`, which must stay.
inline bp_error to_abi(const base::Error& error) {
  return {sizeof(bp_error),      static_cast<std::int32_t>(error.code), to_abi(error.reason), to_abi(error.message),
          to_abi(error.details), to_abi(error.plugin)};
}

}  // namespace backplane::plugin
