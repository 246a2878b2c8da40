#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <nlohmann/json.hpp>

#include "operation/outbox.hpp"
#include "operation/prepare.hpp"
#include "operation/stage.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using model::Action;

// Commits the unit and comes back on the executor of the operation's passage.
struct Commit {
  store::Store& store;
  store::UnitOfWork unit;
  std::shared_ptr<Outbox> outbox;
  base::Executor& resume_on;
  store::CommitResult result{};

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> operation) {
    store.commit(std::move(unit), [this, operation](store::CommitResult done) {
      result = std::move(done);
      if (result) outbox->committed(*result);
      resume_on.post(operation);
    });
  }
  store::CommitResult await_resume() { return std::move(result); }
};

// Handlers of `before` have decided on what they saw: it must still be so at the commit.
bool is_decided_upon(const Run& run) { return run.found && !run.chain.of(model::Phase::before).empty(); }

// A patch is made from the revision that was read. If another is current at the commit it is applied again to that one.
store::Update patch_update(const Run& run, store::Content content, store::Precondition expected) {
  store::Update update{run.key(), std::move(expected), std::move(content), run.found->current.version, {}};
  update.rebase = [&run](const model::Resource& current) -> base::Result<store::Content> {
    BACKPLANE_TRY(auto document, patched(run, current.current.document));
    BACKPLANE_CHECK(check_schema(run.type, document));
    return store::Content{run.request.status.value_or(current.current.status), std::move(document)};
  };
  return update;
}

store::Write main_write(const Run& run) {
  const plugin::Draft& draft = run.context().draft();
  store::Precondition expected{run.request.expected};
  if (!expected.version && is_decided_upon(run)) expected.version = run.found->current.version;
  const auto content = [&] { return store::Content{draft.status, *draft.input}; };
  switch (run.request.action) {
    case Action::create: return store::Create{run.key(), draft.status, *draft.input};
    case Action::update: return store::Update{run.key(), expected, content()};
    case Action::modify: return store::Modify{run.key(), expected, content()};
    case Action::patch: return patch_update(run, content(), expected);
    case Action::remove: return store::Delete{run.key(), expected};
    case Action::restore: return store::Restore{run.key(), expected};
    case Action::purge: return store::Purge{run.key(), expected};
    case Action::switch_to: return store::Switch{run.key(), expected, run.request.revision};
    case Action::load: return store::Load{run.loading->resource, run.loading->revisions, run.loading->on_conflict};
    case Action::get:
    case Action::get_revision:
    case Action::list_revisions:
    case Action::search:
    case Action::dump: break;
  }
  BACKPLANE_ASSERT(false && "not a write");
  std::abort();
}

Answer answer_of(Action action, const store::Committed& done) {
  const model::Resource& resource = done.resource;
  if (action == Action::purge)
    return {.body = "{\"type\":" + base::quote_json(resource.key.type) + ",\"id\":" + base::quote_json(resource.key.id) + ",\"purged\":true}",
            .id = resource.key.id};
  return {.body = to_text(resource), .resource = resource, .version = resource.current.version, .id = resource.key.id, .changed = done.changed};
}

std::string stored_form(const Answer& answer) {
  base::Json stored{{"body", answer.body}, {"id", answer.id}, {"changed", answer.changed}};
  if (answer.version) stored["version"] = to_string(*answer.version);
  return base::to_text(stored);
}

base::Result<store::UnitOfWork> unit_of(const Run& run, const Types& types) {
  store::UnitOfWork unit{run.facts().actor, run.time, {}, {}};
  unit.writes.push_back(main_write(run));
  for (const auto& request : run.context().draft().enlisted) {
    BACKPLANE_TRY(auto write, enlisted_write(request, run.facts().tenant, types, run.context().limits()));
    unit.writes.push_back(std::move(write));
  }
  if (!run.request.idempotency_key.empty()) {
    unit.idempotency = {{run.facts().tenant, run.facts().actor, run.request.idempotency_key},
                        fingerprint_of(run.request),
                        [action = run.request.action](const std::vector<store::Committed>& done) {
                          return stored_form(answer_of(action, done.front()));
                        }};
  }
  return unit;
}

base::Result<void> check_documents(const Run& run) {
  const plugin::Draft& draft = run.context().draft();
  if (draft.input) BACKPLANE_CHECK(check_schema(run.type, *draft.input));
  return base::ok();
}

void take(Run& run, const store::Committed& done) {
  run.answer = answer_of(run.request.action, done);
  if (done.previous) run.context().set_previous(*done.previous);
  const bool is_gone = run.request.action == Action::purge;
  run.context().set_result(is_gone ? std::nullopt : std::optional(done.resource.current.document), done.resource.current.version,
                           done.resource.current.status);
}

Error error_of(const Run& run, const store::CommitError& failed) {
  const bool main_write_failed = failed.write == std::optional<std::size_t>(0);
  if (main_write_failed && failed.error.code == Code::precondition_failed && !run.request.expected)
    return {Code::conflict, run.facts().type + "/" + run.facts().id +
                                " was changed while the hooks of this operation ran; nothing was written, try again"};
  if (!failed.write || main_write_failed) return failed.error;
  return base::within("enlisted write " + std::to_string(*failed.write), failed.error);
}

}  // namespace

base::Result<store::Write> enlisted_write(const plugin::PluginRequest& request, const std::string& tenant, const Types& types,
                                          const base::JsonLimits& limits) {
  BACKPLANE_TRY(const Type* type, types.get(request.type));
  model::ResourceKey key{tenant, request.type, request.id};
  const store::Precondition expected{request.expected};
  if (request.action == Action::remove) return store::Delete{std::move(key), expected};
  if (request.action == Action::restore) return store::Restore{std::move(key), expected};
  BACKPLANE_TRY(auto document, model::Document::parse(request.document, limits));
  BACKPLANE_CHECK(check_schema(*type, document));
  if (request.action == Action::create)
    return store::Create{std::move(key), request.status.value_or(model::Status::stable), std::move(document)};
  store::Content content{request.status, std::move(document)};
  if (request.action == Action::modify) return store::Modify{std::move(key), expected, std::move(content)};
  return store::Update{std::move(key), expected, std::move(content)};
}

base::Task<base::Result<void>> write(Run& run, store::Store& store, const Types& types, events::Bus& bus) {
  if (auto checked = check_documents(run); !checked) co_return std::move(checked).error();
  auto unit = unit_of(run, types);
  if (!unit) co_return std::move(unit).error();
  auto outbox = std::make_shared<Outbox>(bus, run);
  Outbox::fill(outbox, *unit);
  Commit commit{store, std::move(*unit), outbox, *run.passage.executor};
  const store::CommitResult done = co_await commit;
  if (!done) co_return error_of(run, done.error());
  take(run, done->writes.front());
  run.events = outbox->events();
  co_return base::ok();
}

base::Result<void> dry_run(Run& run, const Types& types) {
  BACKPLANE_CHECK(check_documents(run));
  BACKPLANE_TRY(const auto unit, unit_of(run, types));
  const plugin::Draft& draft = run.context().draft();
  base::Json resource{{"type", run.facts().type}, {"id", run.facts().id}};
  if (draft.input) {
    resource["status"] = model::name_of(draft.status);
    resource["data"] = draft.input->json();
  }
  base::Json answer{{"dry_run", true}, {"resource", std::move(resource)}, {"writes", unit.writes.size()}, {"handlers", base::Json::array()}};
  for (const auto& report : run.passage.reports)
    answer["handlers"].push_back({{"plugin", report.hook->instance->id()},
                                  {"handler", report.hook->name},
                                  {"changes", base::Json::parse(report.changes)},
                                  {"enlisted", report.enlisted}});
  run.answer.body = base::to_text(answer);
  run.answer.id = run.facts().id;
  return base::ok();
}

std::string fingerprint_of(const Request& request) {
  std::string all;
  for (const std::string& part : {std::string(model::name_of(request.action)), request.type, request.id, request.body,
                                  std::to_string(static_cast<int>(request.patch_format)),
                                  request.status ? std::string(model::name_of(*request.status)) : std::string(),
                                  request.expected ? to_string(*request.expected) : std::string(),
                                  std::to_string(request.revision)})
    all.append(std::to_string(part.size())).append(":").append(part);
  // A digest that is long enough to tell requests apart: SHA-1, as in a UUID of version 5.
  return boost::uuids::to_string(boost::uuids::name_generator_sha1(boost::uuids::ns::oid())(all));
}

Answer answer_from_stored(const std::string& stored) {
  const auto value = base::Json::parse(stored, nullptr, false);
  BACKPLANE_ASSERT(value.is_object());  // written by stored_form, checked by the store's own integrity
  Answer answer{.body = value.value("body", ""), .id = value.value("id", ""),
                .changed = value.value("changed", true), .replayed = true};
  answer.version = model::version_from(value.value("version", ""));
  return answer;
}

}  // namespace backplane::operation
