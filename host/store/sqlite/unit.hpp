// Runs units of work inside the writer's open transaction. The writer's thread.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/sqlite/types.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

class UnitRunner {
 public:
  explicit UnitRunner(Connection& connection) : connection_(connection) {}

  // Does all writes of the unit, or none.
  CommitResult run(UnitOfWork& unit);

  // Whether a unit failed in a way that left part of it in the transaction, or ended that: then nothing of the
  // batch can be kept.
  bool must_roll_back() const { return must_roll_back_; }

  // Whether a unit of the batch purged something.
  bool purged() const { return purged_; }

  // A new transaction begins; `rolled_back` says what became of the last.
  enum class Last { committed, rolled_back };
  void begin(Last last);

 private:
  CommitResult run_writes(UnitOfWork& unit);

  Connection& connection_;
  Types types_;
  bool must_roll_back_ = false;
  bool purged_ = false;
};

}  // namespace backplane::store::sqlite
