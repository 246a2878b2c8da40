#include <nlohmann/json.hpp>

#include "operation/query.hpp"
#include "operation/stage.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using model::Action;

void take(Run& run, model::Resource resource) {
  run.answer.body = to_text(resource);
  run.answer.version = resource.current.version;
  run.answer.id = resource.key.id;
  run.context().set_result(resource.current.document, resource.current.version, resource.current.status);
  run.answer.resource = std::move(resource);
}

base::Result<model::Resource> existing(const Run& run, store::Store& store) {
  BACKPLANE_TRY(auto resource, store.get(run.key()));
  if (resource.deleted && run.request.deleted == store::Deleted::exclude)
    return Error{Code::not_found, run.facts().type + "/" + run.facts().id + " is deleted (deleted=include shows it)"};
  return resource;
}

base::Result<void> get_revision(Run& run, store::Store& store) {
  BACKPLANE_TRY(auto resource, existing(run, store));
  BACKPLANE_TRY(resource.current, store.get_revision(run.key(), run.request.revision));
  resource.updated_at = resource.current.updated_at;
  resource.updated_by = resource.current.updated_by;
  take(run, std::move(resource));
  return base::ok();
}

// {"items":[...],"next":...,"total":...}; `next` is JSON text.
std::string page_of(const std::vector<std::string>& items, const std::string& next, std::optional<std::uint64_t> total) {
  std::string page = "{\"items\":[";
  for (std::size_t i = 0; i < items.size(); ++i) page.append(i == 0 ? "" : ",").append(items[i]);
  page.append("],\"next\":").append(next);
  if (total) page.append(",\"total\":").append(std::to_string(*total));
  return page += '}';
}

void take_page(Run& run, std::string page) {
  run.answer.body = std::move(page);
  run.context().set_result(model::Document::trusted(run.answer.body), {}, model::Status::stable);
}

base::Result<void> list_revisions(Run& run, store::Store& store, std::size_t max_page) {
  BACKPLANE_TRY(const auto query, parse_revisions_query(run.request.query, max_page));
  if (query.deleted != store::Deleted::exclude) run.request.deleted = query.deleted;
  BACKPLANE_TRY(const auto resource, existing(run, store));
  BACKPLANE_TRY(const auto revisions, store.list_revisions(run.key(), query.after, query.limit));
  std::vector<std::string> items;
  items.reserve(revisions.size());
  for (const auto& revision : revisions)
    items.push_back(to_text(revision, revision.version.revision == resource.current.version.revision));
  const bool full = revisions.size() == query.limit;
  take_page(run, page_of(items, full ? std::to_string(revisions.back().version.revision) : "null", std::nullopt));
  run.answer.id = resource.key.id;
  return base::ok();
}

base::Result<void> search(Run& run, store::Store& store, std::size_t max_page) {
  BACKPLANE_TRY(auto search, parse_search(run.request.query, max_page));
  search.tenant = run.facts().tenant;
  search.type = run.facts().type;
  BACKPLANE_TRY(const auto page, store.search(search));
  std::vector<std::string> items;
  items.reserve(page.resources.size());
  for (const auto& resource : page.resources) items.push_back(to_text(resource));
  take_page(run, page_of(items, page.next.empty() ? "null" : base::quote_json(page.next), page.total));
  return base::ok();
}

}  // namespace

base::Result<void> read(Run& run, store::Store& store, const manifest::OperationSettings& limits) {
  switch (run.request.action) {
    case Action::get: {
      BACKPLANE_TRY(auto resource, existing(run, store));
      take(run, std::move(resource));
      return base::ok();
    }
    case Action::get_revision: return get_revision(run, store);
    case Action::list_revisions: return list_revisions(run, store, limits.max_page);
    case Action::search: return search(run, store, limits.max_page);
    case Action::create:
    case Action::update:
    case Action::modify:
    case Action::patch:
    case Action::remove:
    case Action::restore:
    case Action::purge:
    case Action::switch_to:
    case Action::dump:
    case Action::load: break;
  }
  return Error{Code::internal, "not a read"};
}

}  // namespace backplane::operation
