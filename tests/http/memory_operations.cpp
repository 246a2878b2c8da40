#include "http/memory_operations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/id.hpp"
#include "model/name.hpp"

namespace backplane::test {

using base::Code;
using base::Error;
using base::Result;
using model::Action;
using operation::Answer;

namespace {

base::UtcTime now() { return base::SystemClock().now(); }

bool is_write(Action action) { return model::ActionSet{model::actions::write, model::actions::lifecycle}.contains(action); }

}  // namespace

MemoryOperations::~MemoryOperations() {
  release();
  for (std::thread& thread : threads_) thread.join();
}

void MemoryOperations::submit(operation::Request request, Done done) {
  std::unique_lock lock(mutex_);
  ++submitted_;
  operation::Outcome outcome = run(request);
  last_ = std::move(request);
  switch (answering_) {
    case Answering::inline_: lock.unlock(); return done(std::move(outcome));
    case Answering::held: held_.push_back({std::move(done), std::move(outcome)}); return;
    case Answering::other_thread:
      threads_.emplace_back([finish = std::move(done), result = std::move(outcome)]() mutable { finish(std::move(result)); });
      return;
  }
}

void MemoryOperations::answer(Answering how) {
  const std::lock_guard lock(mutex_);
  answering_ = how;
}

void MemoryOperations::release() {
  std::vector<Held> held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (Held& one : held) one.done(std::move(one.outcome));
}

void MemoryOperations::fail_with(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

operation::Request MemoryOperations::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::size_t MemoryOperations::submitted() const {
  const std::lock_guard lock(mutex_);
  return submitted_;
}

std::size_t MemoryOperations::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

operation::Outcome MemoryOperations::run(const operation::Request& request) {
  operation::Outcome outcome{base::new_uuid(now()), perform(request)};
  if (request.timing == operation::Timing::per_handler) {
    outcome.times.push_back({"title-check", "check \"title\"", model::Phase::before, std::chrono::microseconds(1234)});
  }
  return outcome;
}

Result<Answer> MemoryOperations::perform(const operation::Request& request) {
  if (error_) return *error_;
  BACKPLANE_CHECK(model::check_resource_type(request.type));
  if (!request.idempotency_key.empty()) {
    if (const auto known = answers_.find(request.idempotency_key); known != answers_.end()) {
      Answer answer = known->second;
      answer.replayed = true;
      return answer;
    }
  }
  if (request.action == Action::search) return page(request);
  Result<Answer> answer = Error{.code = Code::internal, .message = "no answer"};
  if (request.action == Action::create) {
    answer = create(request);
  } else {
    const auto found = items_.find(request.type + "/" + request.id);
    const bool hidden = found != items_.end() && found->second.deleted && request.deleted == store::Deleted::exclude &&
                        request.action != Action::restore && request.action != Action::purge;
    if (found == items_.end() || hidden) {
      return Error{.code = Code::not_found, .message = request.type + "/" + request.id + ": wanted a resource, found none"};
    }
    answer = is_write(request.action) ? write(request, found->second) : read(request, found->second);
    if (request.action == Action::purge && answer) items_.erase(found);
  }
  if (answer && !request.idempotency_key.empty()) answers_[request.idempotency_key] = *answer;
  return answer;
}

model::Resource MemoryOperations::made(const operation::Request& request, model::Document document, std::uint64_t revision) const {
  model::Resource resource;
  resource.key = {request.caller.tenant, request.type, request.id};
  resource.created_at = resource.updated_at = now();
  resource.created_by = resource.updated_by = request.caller.actor;
  resource.current.version.revision = revision;
  resource.current.parent = revision - 1;
  resource.current.status = request.status.value_or(model::Status::stable);
  resource.current.created_at = resource.current.updated_at = now();
  resource.current.created_by = resource.current.updated_by = request.caller.actor;
  resource.current.document = std::move(document);
  return resource;
}

Answer MemoryOperations::answer_with(const Item& item) {
  model::Resource resource = item.revisions[item.current];
  resource.deleted = item.deleted;
  return {.body = model::to_text(resource), .version = resource.current.version, .id = resource.key.id};
}

Result<Answer> MemoryOperations::create(const operation::Request& asked) {
  operation::Request request = asked;
  if (request.id.empty()) request.id = base::new_uuid(now());
  BACKPLANE_CHECK(model::check_resource_id(request.id));
  BACKPLANE_TRY(auto document, model::Document::parse(request.body));
  const std::string key = request.type + "/" + request.id;
  if (items_.contains(key)) return Error{.code = Code::already_exists, .message = key + ": wanted a new id, found one in use"};
  Item item;
  item.revisions.push_back(made(request, std::move(document), 1));
  Answer answer = answer_with(item);
  if (request.mode == operation::Mode::dry_run) {
    answer.body = "{\"dry_run\":true,\"resource\":" + answer.body + ",\"handlers\":[]}";
    return answer;
  }
  items_[key] = std::move(item);
  return answer;
}

Result<Answer> MemoryOperations::write(const operation::Request& request, Item& item) {
  model::Resource& current = item.revisions[item.current];
  if (request.expected && *request.expected != current.current.version) {
    return Error{.code = Code::precondition_failed,
                 .message = "version: wanted " + model::to_string(*request.expected) + ", found " + model::to_string(current.current.version)};
  }
  if (request.action == Action::purge) {
    return Answer{.body = "{\"type\":\"" + request.type + "\",\"id\":\"" + request.id + "\",\"purged\":true}", .version = {}, .id = request.id};
  }
  if (request.action == Action::remove) item.deleted = true;
  if (request.action == Action::restore) item.deleted = false;
  if (request.action == Action::switch_to) {
    if (request.revision > item.revisions.size()) return Error{.code = Code::not_found, .message = "revision: wanted one that exists"};
    item.current = request.revision - 1;
  }
  if (request.action == Action::modify) {
    if (current.current.status != model::Status::draft) return Error{.code = Code::conflict, .message = "wanted a draft, found stable"};
    BACKPLANE_TRY(current.current.document, model::Document::parse(request.body));
    ++current.current.version.edit;
  }
  if (request.action == Action::update || request.action == Action::patch) {
    BACKPLANE_TRY(base::Json document, base::parse_json(request.body));
    if (request.action == Action::patch && request.patch_format == operation::PatchFormat::merge_patch) {
      document = base::apply_merge_patch(current.current.document.json(), document);
    } else if (request.action == Action::patch) {
      BACKPLANE_TRY(document, base::apply_json_patch(current.current.document.json(), document));
    }
    item.revisions.push_back(made(request, model::Document::from(std::move(document)), item.revisions.size() + 1));
    item.current = item.revisions.size() - 1;
  }
  return answer_with(item);
}

Result<Answer> MemoryOperations::read(const operation::Request& request, Item& item) {
  if (request.action == Action::get) return answer_with(item);
  if (request.action == Action::get_revision) {
    if (request.revision > item.revisions.size()) return Error{.code = Code::not_found, .message = "revision: wanted one that exists"};
    Item one = item;
    one.current = request.revision - 1;
    return answer_with(one);
  }
  Answer answer{.body = "{\"items\":[", .version = {}};
  for (std::size_t i = request.revision; i < item.revisions.size(); ++i) {
    if (i > request.revision) answer.body += ",";
    answer.body += model::to_text(item.revisions[i].current, i == item.current);
  }
  answer.body += "],\"next\":null}";
  return answer;
}

Answer MemoryOperations::page(const operation::Request& request) {
  Answer answer{.body = "{\"items\":[", .version = {}};
  for (const auto& [key, item] : items_) {
    if (!key.starts_with(request.type + "/") || item.deleted) continue;
    if (answer.body.back() != '[') answer.body += ",";
    answer.body += answer_with(item).body;
  }
  answer.body += "],\"next\":null}";
  return answer;
}

// ---- transfers ----

void MemoryTransfers::script(Script script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void MemoryTransfers::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void MemoryTransfers::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

MemoryTransfers::Script MemoryTransfers::begin() {
  std::unique_lock lock(mutex_);
  ++running_;
  changed_.wait(lock, [&] { return !held_; });
  return script_;
}

void MemoryTransfers::end() {
  const std::lock_guard lock(mutex_);
  --running_;
}

Result<operation::TransferTotals> MemoryTransfers::dump(const operation::DumpRequest& request, const Sink& sink) {
  {
    const std::lock_guard lock(mutex_);
    last_dump_ = request;
  }
  const Script script = begin();
  operation::TransferTotals totals;
  for (std::size_t i = 0; i < script.frames; ++i) {
    if (!sink(script.frame)) {
      end();
      return Error{.code = Code::cancelled, .message = "dump: the sink ended it"};
    }
    ++totals.resources;
    const std::lock_guard lock(mutex_);
    ++dumped_;
  }
  end();
  if (script.dump_error) return *script.dump_error;
  return totals;
}

operation::LoadOutcome MemoryTransfers::load(const operation::LoadRequest& request, const Source& source, const Progress& progress) {
  {
    const std::lock_guard lock(mutex_);
    last_load_ = request;
  }
  const Script script = begin();
  operation::LoadOutcome outcome;
  while (true) {
    auto piece = source();
    if (!piece) outcome.error = piece.error();
    if (!piece || !*piece) break;
    outcome.totals.resources += static_cast<std::uint64_t>(std::count((*piece)->begin(), (*piece)->end(), '\n'));
    progress(outcome.totals);
    const std::lock_guard lock(mutex_);
    loaded_bytes_ += (*piece)->size();
    if (script.load_error) {
      outcome.error = script.load_error;
      break;
    }
  }
  outcome.totals.loaded = outcome.totals.resources;
  end();
  return outcome;
}

std::size_t MemoryTransfers::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

std::size_t MemoryTransfers::dumped() const {
  const std::lock_guard lock(mutex_);
  return dumped_;
}

std::size_t MemoryTransfers::loaded_bytes() const {
  const std::lock_guard lock(mutex_);
  return loaded_bytes_;
}

operation::DumpRequest MemoryTransfers::last_dump() const {
  const std::lock_guard lock(mutex_);
  return last_dump_;
}

operation::LoadRequest MemoryTransfers::last_load() const {
  const std::lock_guard lock(mutex_);
  return last_load_;
}

}  // namespace backplane::test
