#include "operation/outbox.hpp"

#include <nlohmann/json.hpp>

#include "base/id.hpp"

namespace backplane::operation {
namespace {

// What the host says of a write; a load may find nothing in its place.
struct KindOf {
  const char* operator()(const store::Create&) const { return "created"; }
  const char* operator()(const store::Update&) const { return "updated"; }
  const char* operator()(const store::Modify&) const { return "updated"; }
  const char* operator()(const store::Delete&) const { return "deleted"; }
  const char* operator()(const store::Restore&) const { return "restored"; }
  const char* operator()(const store::Purge&) const { return "purged"; }
  const char* operator()(const store::Switch&) const { return "switched"; }
  const char* operator()(const store::Load&) const { return "loaded"; }
};

std::string kind_after(const std::string& kind, const store::Committed& done) {
  if (kind != "loaded") return kind;
  return done.previous ? "updated" : "created";
}

base::Json changes_of(const model::Document& previous, const model::Document& next) {
  return base::changes_between(previous.json(), next.json());
}

}  // namespace

// What an update changes is told here, on the operation's own thread, as far as what was found is what will be replaced.
Outbox::Outbox(events::Bus& bus, const Run& run) : bus_(bus), facts_(run.facts()), enlisted_(run.context().draft().events) {
  const auto& input = run.context().draft().input;
  if (!run.found || !input) return;
  foreseen_ = Foreseen{run.found->current.version, *input, changes_of(run.found->current.document, *input)};
}

// {"resource","item_id"}, and of what was updated "changes": what is old and new, by JSON Pointer.
base::Json Outbox::payload_of(const std::string& kind, const store::Committed& done) const {
  const model::ResourceKey& key = done.resource.key;
  base::Json payload{{"resource", key.type}, {"item_id", key.id}};
  if (kind != "updated") return payload;
  const bool as_foreseen = foreseen_ && key.id == facts_.id && key.type == facts_.type &&
                           foreseen_->replaced == done.previous->current.version &&
                           foreseen_->written.text() == done.resource.current.document.text();
  payload["changes"] =
      as_foreseen ? foreseen_->changes : changes_of(done.previous->current.document, done.resource.current.document);
  return payload;
}

void Outbox::fill(const std::shared_ptr<Outbox>& outbox, store::UnitOfWork& unit) {
  for (const store::Write& write : unit.writes) outbox->kinds_.emplace_back(std::visit(KindOf(), write));
  if (!outbox->bus_.has_log()) return;
  unit.events_of = [outbox](const std::vector<store::Committed>& done) {
    outbox->make(done);
    return std::move(outbox->made_);
  };
}

void Outbox::make(const std::vector<store::Committed>& done) {
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (!done[i].changed) continue;
    const std::string kind = kind_after(kinds_[i], done[i]);
    const model::ResourceKey& key = done[i].resource.key;
    model::Event event;
    event.id = base::new_uuid(facts_.time);
    event.type = "resource." + kind;
    event.time = facts_.time;
    event.tenant = facts_.tenant;
    event.actor = facts_.actor;
    event.source = "host";
    event.key = key.id;
    event.correlation_id = facts_.correlation_id;
    event.causation_id = facts_.operation_id;
    event.depth = facts_.depth;
    event.payload = model::Document::from(payload_of(kind, done[i]));
    event.subject = key.type + "/" + key.id;
    made_.push_back(std::move(event));
  }
  for (const model::Event& event : enlisted_) {
    made_.push_back(event);
    made_.back().subject = facts_.type + "/" + facts_.id;
  }
}

void Outbox::committed(const store::Kept& kept) {
  if (bus_.has_log()) {
    for (const store::Appended& appended : kept.events)
      if (appended.is_new) new_.push_back(std::make_shared<const model::Event>(appended.event));
  } else {
    make(kept.writes);
    for (model::Event& event : made_) new_.push_back(std::make_shared<const model::Event>(std::move(event)));
  }
  bus_.committed(new_);
}

}  // namespace backplane::operation
