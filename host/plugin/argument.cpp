#include "plugin/argument.hpp"

#include <bit>
#include <cstddef>

#include "model/name.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t most_document_bytes = 64 << 20;  // the settings' own limit, lower, is checked when it is parsed
constexpr std::size_t most_query_bytes = 64 << 10;
constexpr std::uint32_t most_struct_bytes = 4096;
constexpr model::ActionSet changing{model::actions::write, model::actions::lifecycle};
constexpr model::ActionSet allowed{model::actions::read, changing};

base::Result<void> check_names(const char* function, const PluginRequest& request) {
  if (auto checked = model::check_resource_type(request.type); !checked) return base::within(function, checked.error());
  const bool needs_id = request.action != model::Action::search && request.action != model::Action::create;
  if (needs_id || !request.id.empty())
    if (auto checked = model::check_resource_id(request.id); !checked) return base::within(function, checked.error());
  if (!request.idempotency_key.empty())
    if (auto checked = model::check_idempotency_key(request.idempotency_key); !checked)
      return base::within(function, checked.error());
  return base::ok();
}

// The members that not every action takes.
base::Result<void> check_members(const char* function, const bp_request& request) {
  using model::Action;
  constexpr model::ActionSet documents = model::actions::write;
  const auto action = static_cast<Action>(request.action);
  const struct {
    const char* name;
    bool is_given;
    bool is_taken;
  } members[] = {
      {"id", request.id.size != 0, action != Action::search},
      {"status", request.status != BP_KEEP_STATUS, documents.contains(action)},
      {"document", request.document.size != 0, documents.contains(action)},
      {"patch_format", request.patch_format != 0, action == Action::patch},
      {"conditional", request.conditional != 0, changing.contains(action) && action != Action::create},
      {"expected_revision", request.expected_revision != 0, request.conditional != 0},
      {"expected_edit", request.expected_edit != 0, request.conditional != 0},
      {"revision", request.revision != 0, action == Action::get_revision || action == Action::switch_to},
      {"query", request.query.size != 0, action == Action::search},
      {"idempotency_key", request.idempotency_key.size != 0, changing.contains(action)},
  };
  for (const auto& member : members)
    if (member.is_given && !member.is_taken)
      return Error{Code::invalid_argument, std::string(function) + ": " + member.name + ": wanted none in this " +
                                               std::string(model::name_of(action)) + ", found one"};
  return base::ok();
}

}  // namespace

base::Result<void> check_size(const char* what, const void* given, std::uint32_t struct_size, std::size_t least, std::size_t known) {
  if (struct_size < least || struct_size > most_struct_bytes)
    return Error{Code::invalid_argument, std::string(what) + ": wanted a struct_size of " + std::to_string(least) + " to " +
                                             std::to_string(most_struct_bytes) + ", found " + std::to_string(struct_size)};
  if (struct_size <= known) return base::ok();
  const std::string_view beyond(static_cast<const char*>(given) + known, struct_size - known);
  if (const auto at = beyond.find_first_not_of('\0'); at != std::string_view::npos)
    return Error{Code::unsupported, std::string(what) + ": wanted 0 in every byte beyond the " + std::to_string(known) +
                                        " that this host knows, found another at " + std::to_string(known + at)};
  return base::ok();
}

base::Result<std::string_view> checked_text(const char* what, bp_string text, std::size_t most) {
  if (text.size == 0) return std::string_view{};
  if (text.data == nullptr)
    return Error{Code::invalid_argument, std::string(what) + ": wanted text, found NULL with a size of " + std::to_string(text.size)};
  if (text.size > most)
    return Error{Code::too_large, std::string(what) + ": wanted at most " + std::to_string(most) + " bytes, found " +
                                      std::to_string(text.size)};
  const std::string_view view(text.data, text.size);
  if (!model::is_utf8(view)) return Error{Code::invalid_argument, std::string(what) + ": wanted UTF-8 without NUL, found other bytes"};
  return view;
}

base::Result<PluginRequest> checked_request(const char* function, const bp_request* given) {
  BACKPLANE_TRY(const bp_request request, checked_struct(function, given, offsetof(bp_request, document)));
  const auto wrong = [&](const std::string& text) { return Error{Code::invalid_argument, std::string(function) + ": " + text}; };
  if (!std::has_single_bit(request.action) || !allowed.contains(model::ActionSet::from_bits(request.action)))
    return wrong("wanted one action of read, write or lifecycle, found the bits " + std::to_string(request.action));
  if (request.status > BP_MAKE_DRAFT)
    return wrong("wanted the status 0 (as it is), 1 (stable) or 2 (draft), found " + std::to_string(request.status));
  if (request.patch_format > BP_MERGE_PATCH)
    return wrong("wanted the patch_format JSON Patch (0) or merge patch (1), found " + std::to_string(request.patch_format));
  if (request.conditional > 1)
    return wrong("wanted conditional to be 0 or 1, found " + std::to_string(request.conditional));
  BACKPLANE_CHECK(check_members(function, request));

  PluginRequest copy;
  copy.action = static_cast<model::Action>(request.action);
  BACKPLANE_TRY(copy.type, checked_text("type", request.type, 64));
  BACKPLANE_TRY(copy.id, checked_text("id", request.id, 128));
  BACKPLANE_TRY(copy.document, checked_text("document", request.document, most_document_bytes));
  BACKPLANE_TRY(copy.query, checked_text("query", request.query, most_query_bytes));
  BACKPLANE_TRY(copy.idempotency_key, checked_text("idempotency_key", request.idempotency_key, 255));
  copy.patch_format = static_cast<PatchFormat>(request.patch_format);
  if (request.status != BP_KEEP_STATUS)
    copy.status = request.status == BP_MAKE_DRAFT ? model::Status::draft : model::Status::stable;
  copy.revision = request.revision;
  if (request.conditional != 0) copy.expected = model::Version{request.expected_revision, request.expected_edit};
  BACKPLANE_CHECK(check_names(function, copy));
  return copy;
}

}  // namespace backplane::plugin
