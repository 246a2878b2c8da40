// Store: where resources are kept. Nothing above it knows how; the conformance suite (tests/store) says what every
// store must do. Durable: what a commit has answered survives a crash of the machine.
//
// A unit of work is committed whole or not at all. Commits of several threads share one sync to disk (group commit);
// reads see the last commit and wait for no writer. A unit's events are in the log exactly when its writes are. Nothing here assumes that this process is the only one on the
// data: what must hold at the commit is checked in its transaction.
//
// Every member function: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/resource.hpp"
#include "store/deliveries.hpp"
#include "store/event_log.hpp"

namespace backplane::store {

// The state in which a resource must be for a write to take place. Otherwise: precondition_failed.
struct Precondition {
  std::optional<model::Version> version;  // this one is current
};

// ---- writes: each checked and done inside the transaction ----

// A new resource, first revision. already_exists: the id is taken, by a deleted resource too.
struct Create {
  model::ResourceKey key;
  model::Status status = model::Status::stable;
  model::Document document;
};

// What an update is to write, given the resource that it meets. See Update::rebase.
struct Content {
  std::optional<model::Status> status{};  // nothing: as it is
  model::Document document;
};

// A full replacement: a new revision whose parent is the current one. Equal content and status: no new
// revision (Committed::changed is false). not_found: no such resource, or deleted.
struct Update {
  model::ResourceKey key;
  Precondition expected;
  Content content;
  // The version that the content was made from. If another is current and there is no precondition, the store calls
  // `rebase` with the current resource, inside the transaction, for the content to write instead (an error fails
  // the unit; conflict without a rebase). Absent: the content is written over whatever is current.
  std::optional<model::Version> base{};
  std::function<base::Result<Content>(const model::Resource& current)> rebase{};
};

// Replaces the document of the current revision, which must be a draft, in place. conflict: it is stable.
// `status` may make it stable. Equal content and status: no new edit. not_found as Update.
struct Modify {
  model::ResourceKey key;
  Precondition expected;
  Content content;
};

// Soft delete and its undo. not_found: no such resource, or already deleted; restore: conflict when it is not deleted.
struct Delete {
  model::ResourceKey key;
  Precondition expected;
};
struct Restore {
  model::ResourceKey key;
  Precondition expected;
};

// Removes the resource, deleted or not, with all revisions. Of the stored answers of units that wrote it only the key
// stays, with an empty answer: it is not to be done again. Of the events whose subject it is ("type/id", same tenant) the
// envelopes stay, with the payload {}, and of their deliveries all but the texts of errors. Once the commit is answered, and
// every read that began before it has ended, no byte of its documents and of those payloads is readable in the store's
// files. (An answer kept with the purge itself stays, and its events do: they must not hold the document.)
struct Purge {
  model::ResourceKey key;
  Precondition expected;
};

// Makes an older revision current; the one that is: changed is false. not_found: no such resource (or deleted) or revision.
struct Switch {
  model::ResourceKey key;
  Precondition expected;
  std::uint64_t revision = 0;
};

enum class OnConflict { fail, skip, overwrite };

// A resource with its whole history, as dumped. already_exists with OnConflict::fail; skip: changed is false.
// overwrite: what was there is removed first. invalid_argument: a revision number twice, or 0.
struct Load {
  model::Resource resource;                 // `current` is one of the revisions
  std::vector<model::Revision> revisions;   // all others, in the order of their numbers
  OnConflict on_conflict = OnConflict::fail;
};

using Write = std::variant<Create, Update, Modify, Delete, Restore, Purge, Switch, Load>;

// What a write did.
struct Committed {
  model::Resource resource;                  // as it stands now; for Purge: as it stood
  std::optional<model::Resource> previous;   // as it stood before; nothing for Create
  bool changed = true;
};

// An answer kept under a caller's key.
struct IdempotencyKey {
  std::string tenant;
  std::string actor;
  std::string key;
  bool operator==(const IdempotencyKey&) const = default;
};
struct StoredAnswer {
  std::string fingerprint;  // of the request that it answers
  std::string answer;
};
struct Idempotency {
  IdempotencyKey key;
  std::string fingerprint;
  // Makes the answer to keep from what the unit's writes did, inside the transaction.
  std::function<std::string(const std::vector<Committed>&)> answer;
};

struct UnitOfWork {
  std::string actor;
  base::UtcTime time;                         // the host's clock: when the writes and events are recorded
  std::vector<Write> writes;                  // in this order; the first error fails them all
  std::optional<Idempotency> idempotency{};   // conflict: the key is taken
  // Appended to the event log in this order, behind those of `events_of`; they were checked before (model/event.hpp). One whose id
  // is in the log is not appended again, and fails nothing.
  std::vector<model::Event> events{};
  // Makes events from what the unit's writes did, inside the transaction.
  std::function<std::vector<model::Event>(const std::vector<Committed>&)> events_of{};
};

// What a unit did.
struct Kept {
  std::vector<Committed> writes;
  std::vector<Appended> events;  // those of `events_of`, then those of `events`
};

// Why a unit failed, and which of its writes (or none: the key, the storage itself).
struct CommitError {
  base::Error error;
  std::optional<std::size_t> write;
};
using CommitResult = tl::expected<Kept, CommitError>;

// ---- reads ----

enum class Deleted { exclude, include, only };

// A member of a resource that a search can filter and sort by.
struct Field {
  enum class Kind { pointer, id, status, revision, created_at, created_by, updated_at, updated_by };
  Kind kind = Kind::pointer;
  std::string pointer{};  // Kind::pointer: a JSON Pointer that is indexed for the type
  bool operator==(const Field&) const = default;
};

enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal, prefix };

// A filter holds for values of its own kind; an absent member fulfils none. not_equal holds for every other value that
// is there, of any kind. Numbers compare exactly, strings by code points. prefix: strings only.
struct Filter {
  Field field;
  Comparison comparison = Comparison::equal;
  base::Json value;  // null, boolean, number or string; times as RFC 3339 text
};

struct Sort {
  Field field;
  bool descending = false;
};

// In ascending order: null, booleans, numbers, strings, arrays and objects (all alike), absent members. Ties are broken
// by id, in the direction of the last sort, so that pages neither repeat nor skip. Found through an index when a pointer
// or the id is filtered or sorted by; by other fields alone, all resources of the type are looked at.
struct Search {
  std::string tenant;
  std::string type;
  std::vector<Filter> filters{};  // all must hold
  std::vector<Sort> sort{};       // then by id
  std::size_t limit = 50;         // 0: for the total alone
  std::string after{};            // Page::next of the page before, or empty
  Deleted deleted = Deleted::exclude;
  bool want_total = false;
};

struct Page {
  std::vector<model::Resource> resources;
  std::string next;                       // opaque; empty: this is the last page
  std::optional<std::uint64_t> total;
};

// A type and the members of its documents that searches may use.
struct TypeIndex {
  std::string type;
  std::vector<std::string> pointers;  // JSON Pointers
};

// One step of a dump: see Store::scan.
struct Scanned {
  model::Resource resource;
  std::vector<model::Revision> revisions;  // all but the current one, in the order of their numbers
};

// What a store reports for metrics and health.
struct StoreFigures {
  std::uint64_t commits = 0;   // units
  std::uint64_t batches = 0;   // transactions
  std::uint64_t failures = 0;  // units refused
  std::uint64_t file_bytes = 0;
  std::uint64_t events = 0;      // in the log
  std::uint64_t event_bytes = 0; // as Retention counts them
};

class Store {
 public:
  using Done = std::function<void(CommitResult)>;

  virtual ~Store() = default;

  // Declares the types; builds missing indexes and drops those no longer named. Called once, before anything else;
  // `progress` is told of each index that is built.
  virtual base::Result<void> declare(const std::vector<TypeIndex>& types,
                                     const std::function<void(const std::string&)>& progress) = 0;

  // Commits the unit and calls `done` with what it did, on a thread of the store's that must not be held up:
  // resume a coroutine elsewhere. Units are committed in the order in which they were given, and their events lie in the log
  // in that order. The functions in a unit (rebase, events_of, answer) are called on that thread too. storage: nothing of
  // the unit was kept.
  virtual void commit(UnitOfWork unit, Done done) = 0;

  // not_found: no such resource. A deleted one is returned: the caller decides.
  virtual base::Result<model::Resource> get(const model::ResourceKey& key) = 0;
  virtual base::Result<model::Revision> get_revision(const model::ResourceKey& key, std::uint64_t revision) = 0;

  // In the order of their numbers, after `after`, at most `limit`; documents left empty. not_found as get.
  virtual base::Result<std::vector<model::Revision>> list_revisions(const model::ResourceKey& key, std::uint64_t after,
                                                                    std::size_t limit) = 0;

  // invalid_argument: a field that is not indexed (the message lists those that are), a value that does not fit, or
  // a cursor of another search.
  virtual base::Result<Page> search(const Search& search) = 0;

  // Calls `each` for every resource of the type (deleted ones too) whose id is greater than `after_id`, in the order of
  // their ids, all as of one moment, until it returns false.
  virtual base::Result<void> scan(const std::string& tenant, const std::string& type, const std::string& after_id,
                                  const std::function<bool(const Scanned&)>& each) = 0;

  virtual base::Result<std::optional<StoredAnswer>> stored_answer(const IdempotencyKey& key) = 0;

  // Forgets the answers kept before `before`; returns how many. Not from a Done, which it would wait for.
  virtual base::Result<std::size_t> forget_answers(base::UtcTime before) = 0;

  // As long as the store lives.
  virtual EventLog& events() = 0;
  virtual Deliveries& deliveries() = 0;

  virtual StoreFigures figures() const = 0;

  // Ends what is under way and closes the files. Not from a Done; commits and reads that come later get unavailable.
  virtual void close() = 0;
};

}  // namespace backplane::store
