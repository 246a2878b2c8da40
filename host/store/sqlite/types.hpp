// The numbers of resource types. Each connection has its own: numbers are given once and never change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/sqlite/connection.hpp"

namespace backplane::store::sqlite {

class Types {
 public:
  // The number of a type, or nothing when it never had a resource nor was declared.
  base::Result<std::optional<std::int64_t>> find(Connection& connection, const std::string& type);

  // Gives it one if need be, inside the writer's transaction.
  base::Result<std::int64_t> find_or_add(Connection& connection, const std::string& type);

  // After a rollback: what was added is gone.
  void forget() { numbers_.clear(); }

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;
};

}  // namespace backplane::store::sqlite
