#include "operation/types.hpp"

namespace backplane::operation {

base::Result<Types> Types::from(const std::vector<manifest::ResourceType>& declared) {
  Types types;
  for (const auto& entry : declared) {
    Type type{entry.type, std::nullopt, entry.index};
    if (entry.schema) {
      auto compiled = base::JsonSchema::compile(*entry.schema);
      if (!compiled) return base::within("resource type '" + entry.type + "'", std::move(compiled).error());
      type.schema = std::move(*compiled);
    }
    types.types_.emplace(entry.type, std::move(type));
  }
  return types;
}

const Type* Types::find(std::string_view name) const {
  const auto type = types_.find(name);
  return type == types_.end() ? nullptr : &type->second;
}

base::Result<const Type*> Types::get(std::string_view name) const {
  if (const Type* type = find(name)) return type;
  std::string known;
  for (const auto& [declared, type] : types_) known.append(known.empty() ? "" : ", ").append(declared);
  return base::Error{base::Code::not_found, "resource type " + base::quote_json(name.substr(0, 100)) + " is not declared in the manifest (declared: " +
                                                (known.empty() ? "none" : known) + ")"};
}

std::vector<std::string> Types::names() const {
  std::vector<std::string> names;
  names.reserve(types_.size());
  for (const auto& [name, type] : types_) names.push_back(name);
  return names;
}

std::vector<store::TypeIndex> Types::indexes() const {
  std::vector<store::TypeIndex> indexes;
  indexes.reserve(types_.size());
  for (const auto& [name, type] : types_) indexes.push_back({name, type.index});
  return indexes;
}

base::Result<void> check_schema(const Type& type, const model::Document& document) {
  if (!type.schema) return base::ok();
  auto valid = type.schema->validate(document.json());
  if (!valid) return base::within(type.name, std::move(valid).error());
  return base::ok();
}

}  // namespace backplane::operation
