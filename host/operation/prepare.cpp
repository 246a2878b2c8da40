#include "operation/prepare.hpp"

#include <nlohmann/json.hpp>

#include "base/id.hpp"
#include "model/name.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using model::Action;

constexpr model::ActionSet needs_existing{Action::update, Action::modify,  Action::patch,    Action::remove,
                                          Action::purge,  Action::restore, Action::switch_to};
constexpr model::ActionSet without_id{Action::search, Action::dump};

std::string name_of(const Run& run) { return run.facts().type + "/" + run.facts().id; }

base::Result<void> check_id(Run& run) {
  if (without_id.contains(run.request.action)) return base::ok();
  if (run.request.action == Action::create && run.facts().id.empty()) {
    run.context().set_id(base::new_uuid(run.time));
    return base::ok();
  }
  return model::check_resource_id(run.facts().id);
}

base::JsonLimits json_limits(const manifest::OperationSettings& limits) {
  return {limits.max_document_bytes, limits.max_json_depth};
}

base::Result<void> read_existing(Run& run, store::Store& store) {
  BACKPLANE_TRY(run.found, store.get(run.key()));
  const bool deleted_is_fine = run.request.action == Action::purge || run.request.action == Action::restore;
  if (run.found->deleted && !deleted_is_fine) return Error{Code::not_found, name_of(run) + " is deleted"};
  if (!run.found->deleted && run.request.action == Action::restore)
    return Error{Code::conflict, name_of(run) + " is not deleted"};
  if (run.request.expected && *run.request.expected != run.found->current.version)
    return Error{Code::precondition_failed, name_of(run) + ": wanted version " + to_string(*run.request.expected) + ", found " +
                                                to_string(run.found->current.version)};
  run.context().set_previous(*run.found);
  return base::ok();
}

base::Result<void> check_create(const Run& run, store::Store& store) {
  if (run.request.expected)
    return Error{Code::precondition_failed, name_of(run) + ": a version is expected of a resource that is to be created"};
  // The commit checks it again; here it is known before any hook runs.
  if (!run.request.id.empty() && store.get(run.key()))
    return Error{Code::already_exists, name_of(run) + " exists"};
  return base::ok();
}

base::Result<void> read_document(Run& run, const manifest::OperationSettings& limits) {
  auto document = model::Document::parse(run.request.body, json_limits(limits));
  if (!document) return base::within("the document", std::move(document).error());
  const auto as_it_is = run.found ? run.found->current.status : model::Status::stable;
  run.context().set_input(std::move(*document), run.request.status.value_or(as_it_is));
  return base::ok();
}

base::Result<void> read_patch(Run& run, const manifest::OperationSettings& limits) {
  auto patch = model::Document::parse(run.request.body, json_limits(limits));
  if (!patch) return base::within("the patch", std::move(patch).error());
  run.patch = patch->json();
  run.context().set_patch(std::move(*patch));
  BACKPLANE_TRY(auto document, patched(run, run.found->current.document));
  run.context().set_input(std::move(document), run.request.status.value_or(run.found->current.status));
  return base::ok();
}

base::Result<void> check_modify(const Run& run) {
  if (run.found->current.status == model::Status::draft) return base::ok();
  return Error{Code::conflict, name_of(run) + ": wanted a draft to modify, found the stable revision " +
                                   std::to_string(run.found->current.version.revision) + " (update makes a new one)"};
}

}  // namespace

base::Result<void> authorize(const Run& run) {
  BACKPLANE_CHECK(model::check_actor(run.facts().actor));
  return model::check_tenant(run.facts().tenant);
}

base::Result<void> prepare(Run& run, store::Store& store, const manifest::OperationSettings& limits) {
  BACKPLANE_CHECK(check_id(run));
  if (needs_existing.contains(run.request.action)) BACKPLANE_CHECK(read_existing(run, store));
  switch (run.request.action) {
    case Action::create:
      BACKPLANE_CHECK(check_create(run, store));
      return read_document(run, limits);
    case Action::update:
      return read_document(run, limits);
    case Action::modify:
      BACKPLANE_CHECK(check_modify(run));
      return read_document(run, limits);
    case Action::patch:
      return read_patch(run, limits);
    case Action::load:
      run.context().set_input(run.loading->resource.current.document, run.loading->resource.current.status);
      return base::ok();
    case Action::get:
    case Action::get_revision:
    case Action::list_revisions:
    case Action::search:
    case Action::remove:
    case Action::restore:
    case Action::purge:
    case Action::switch_to:
    case Action::dump:
      return base::ok();
  }
  return base::ok();
}

base::Result<model::Document> patched(const Run& run, const model::Document& document) {
  if (run.request.patch_format == PatchFormat::merge_patch)
    return model::Document::from(base::apply_merge_patch(document.json(), *run.patch), run.context().limits());
  BACKPLANE_TRY(const auto value, base::apply_json_patch(document.json(), *run.patch));
  return model::Document::from(value, run.context().limits());
}

}  // namespace backplane::operation
