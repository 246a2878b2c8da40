#include "store/sqlite/unit.hpp"

#include "store/sqlite/answer.hpp"
#include "store/sqlite/delivery_rows.hpp"
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {
namespace {

tl::unexpected<CommitError> failed(base::Error error, std::optional<std::size_t> write = std::nullopt) {
  return tl::unexpected(CommitError{std::move(error), write});
}

base::Result<void> check_key_is_free(Connection& connection, const Idempotency& idempotency) {
  BACKPLANE_TRY(const std::optional<StoredAnswer> kept, find_answer(connection, idempotency.key));
  if (!kept) return base::ok();
  return base::Error{base::Code::conflict, "the idempotency key '" + idempotency.key.key + "' is taken"};
}

}  // namespace

void UnitRunner::begin(Last last) {
  if (last == Last::rolled_back) {
    types_.forget();
    log_.back_to({});
  }
  log_.begin();
  must_roll_back_ = false;
  purged_ = false;
}

base::Result<void> UnitRunner::simply(const Sql& sql) {
  BACKPLANE_TRY(Statement statement, connection_.use(sql));
  return statement.run();
}

// One write alone checks before it changes, so that it needs no savepoint: if it is refused, nothing was changed, and if
// the storage fails it half way, the batch is given up; nothing but the storage refuses an event. Several writes can be
// refused after changes.
CommitResult UnitRunner::run(UnitOfWork& unit) {
  static constexpr Sql savepoint{"SAVEPOINT unit"};
  static constexpr Sql release{"RELEASE unit"};
  static constexpr Sql undo{"ROLLBACK TO unit"};
  const bool several = unit.writes.size() > 1;
  const bool purged_before = purged_;
  const std::int64_t changes_before = connection_.total_changes();
  const EventAppender::Mark mark = log_.mark();
  if (several)
    if (auto begun = simply(savepoint); !begun) return failed(std::move(begun).error());
  CommitResult result = run_whole(unit);
  if (!result) {
    purged_ = purged_before;
    log_.back_to(mark);
  }
  if (several && !result) {
    types_.forget();
    must_roll_back_ |= !simply(undo).has_value();
  }
  if (several) must_roll_back_ |= !simply(release).has_value();
  if (!several && !result) must_roll_back_ |= connection_.total_changes() != changes_before;
  must_roll_back_ |= !connection_.in_transaction();
  return result;
}

CommitResult UnitRunner::run_whole(UnitOfWork& unit) {
  if (unit.idempotency)
    if (auto is_free = check_key_is_free(connection_, *unit.idempotency); !is_free)
      return failed(std::move(is_free).error());
  Work work{connection_, types_, log_, unit.actor, unit.time};
  Kept kept;
  kept.writes.reserve(unit.writes.size());
  for (std::size_t i = 0; i < unit.writes.size(); ++i) {
    auto done = std::visit([&](auto& write) { return perform(work, write); }, unit.writes[i]);
    if (!done) return failed(std::move(done).error(), i);
    kept.writes.push_back(std::move(*done));
  }
  if (auto appended = append_events(unit, kept); !appended) return failed(std::move(appended).error());
  if (unit.idempotency) {
    const std::string answer = unit.idempotency->answer(kept.writes);
    if (auto saved = keep_answer(connection_, *unit.idempotency, answer, unit.time, work.rows); !saved)
      return failed(std::move(saved).error());
  }
  purged_ |= work.purged;
  return kept;
}

base::Result<void> UnitRunner::append_events(UnitOfWork& unit, Kept& kept) {
  std::vector<model::Event> made;
  if (unit.events_of) made = unit.events_of(kept.writes);
  kept.events.reserve(made.size() + unit.events.size());
  for (std::vector<model::Event>* const events : {&made, &unit.events})
    for (model::Event& event : *events) {
      BACKPLANE_TRY(Appended appended, log_.append(std::move(event), unit.time));
      kept.events.push_back(std::move(appended));
    }
  return base::ok();
}

base::Result<void> UnitRunner::run(const Progress& progress) {
  const std::int64_t changes_before = connection_.total_changes();
  auto kept = keep_progress(connection_, progress);
  if (!kept) must_roll_back_ |= connection_.total_changes() != changes_before;
  must_roll_back_ |= !connection_.in_transaction();
  return kept;
}

}  // namespace backplane::store::sqlite
