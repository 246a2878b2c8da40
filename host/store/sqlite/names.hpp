// The names that rows of the event log hold as numbers: there are few of them and many rows. Each connection has its own
// memory of them: numbers are given once and never change. The empty name is 0 everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

// The numbers are stored.
enum class NameKind : std::int64_t { type = 1, tenant = 2, actor = 3, source = 4 };

class Names {
 public:
  // The number of a name, or nothing when no event ever had it.
  base::Result<std::optional<std::int64_t>> find(Connection& connection, NameKind kind, const std::string& name);

  // Gives it one if need be, inside the writer's transaction.
  base::Result<std::int64_t> find_or_add(Connection& connection, NameKind kind, const std::string& name);

  // The name that has the number; good until the next call. storage: none has.
  base::Result<const std::string*> name(Connection& connection, std::int64_t number);

  // A new transaction begins: what the last one added stays.
  void begin() { added_.clear(); }
  // Something of the transaction was undone: what it added may be gone.
  void forget_added();

 private:
  std::unordered_map<std::string, std::int64_t>& numbers_of(NameKind kind) {
    return numbers_[static_cast<std::size_t>(kind) - 1];
  }
  std::int64_t remember(NameKind kind, const std::string& name, std::int64_t number);

  std::array<std::unordered_map<std::string, std::int64_t>, 4> numbers_;
  std::unordered_map<std::int64_t, std::string> names_;
  std::vector<std::pair<NameKind, std::string>> added_;
};

// The numbers of the event types that a pattern matches, in their order.
base::Result<std::vector<std::int64_t>> types_matching(Connection& connection, const std::string& pattern);

}  // namespace backplane::store::sqlite
