// Runs units of work inside the writer's open transaction. The writer's thread.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/event_append.hpp"
#include "store/sqlite/types.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

class UnitRunner {
 public:
  explicit UnitRunner(Connection& connection) : connection_(connection), log_(connection) {}

  // Does all writes of the unit and appends its events, or nothing.
  CommitResult run(UnitOfWork& unit);

  // Keeps a subscription's progress.
  base::Result<void> run(const Progress& progress);

  // Whether a unit failed in a way that left part of it in the transaction, or ended that: then nothing of the
  // batch can be kept.
  bool must_roll_back() const { return must_roll_back_; }

  // Whether a unit of the batch purged something.
  bool purged() const { return purged_; }

  // A new transaction begins; `rolled_back` says what became of the last.
  enum class Last { committed, rolled_back };
  void begin(Last last);

  // Writes what the units share. Before the commit.
  base::Result<void> finish() { return log_.finish(); }

  // The last position, if a unit of the batch has appended events.
  std::optional<std::uint64_t> appended_up_to() const { return log_.appended_up_to(); }

 private:
  CommitResult run_whole(UnitOfWork& unit);
  base::Result<void> append_events(UnitOfWork& unit, Kept& kept);
  base::Result<void> simply(const Sql& sql);

  Connection& connection_;
  Types types_;
  EventAppender log_;
  bool must_roll_back_ = false;
  bool purged_ = false;
};

}  // namespace backplane::store::sqlite
