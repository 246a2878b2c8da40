// The resource types of the manifest, ready for use: each with its compiled schema. Immutable; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_schema.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "model/document.hpp"
#include "store/store.hpp"

namespace backplane::operation {

struct Type {
  std::string name;
  std::optional<base::JsonSchema> schema;
  std::vector<std::string> index;  // JSON Pointers
};

class Types {
 public:
  // invalid_argument: a schema that is not one.
  static base::Result<Types> from(const std::vector<manifest::ResourceType>& declared);

  // Null: not declared.
  const Type* find(std::string_view name) const;
  base::Result<const Type*> get(std::string_view name) const;  // not_found, with the names that there are

  std::vector<std::string> names() const;
  std::vector<store::TypeIndex> indexes() const;

 private:
  std::map<std::string, Type, std::less<>> types_;
};

// The document satisfies the schema of its type, if it has one: else invalid_document.
base::Result<void> check_schema(const Type& type, const model::Document& document);

}  // namespace backplane::operation
