#include "base/json_schema_check.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include "base/json.hpp"

namespace backplane::base {
namespace {

constexpr int most_in_a_row = 200;

// An expression of the schema that is none, or nothing.
std::optional<std::string> wrong_expression(const Json& schema) {
  const auto is_wrong = [](const std::string& expression) {
    try {
      static_cast<void>(std::regex(expression, std::regex::ECMAScript));
      return false;
    } catch (const std::regex_error&) {
      return true;
    }
  };
  if (!schema.is_structured()) return std::nullopt;
  for (const auto& item : schema.items()) {
    const bool named = schema.is_object();
    if (named && (item.key() == "enum" || item.key() == "const" || item.key() == "default" || item.key() == "examples")) continue;
    if (named && item.key() == "pattern" && item.value().is_string() && is_wrong(item.value().get<std::string>()))
      return item.value().get<std::string>();
    if (named && item.key() == "patternProperties" && item.value().is_object())
      for (const auto& property : item.value().items())
        if (is_wrong(property.key())) return property.key();
    if (auto inner = wrong_expression(item.value())) return inner;
  }
  return std::nullopt;
}

// Follows what is applied to the same value: a schema, those that it refers to, and the parts of allOf and the like.
class Applied {
 public:
  explicit Applied(const Json& root) : root_(root) {}

  // Whether any schema in `value`, at any depth, comes back to itself.
  bool comes_back(const Json& value) {
    if (!value.is_structured()) return false;
    if (value.is_object() && follow(value)) return true;
    for (const Json& inner : value)
      if (comes_back(inner)) return true;
    return false;
  }

 private:
  bool follow(const Json& schema) {
    if (!schema.is_object() || finished_.contains(&schema)) return false;
    if (path_.size() >= most_in_a_row || !path_.insert(&schema).second) return true;
    const bool back = follow_parts(schema);
    path_.erase(&schema);
    finished_.insert(&schema);
    return back;
  }

  bool follow_parts(const Json& schema) {
    if (const auto reference = schema.find("$ref"); reference != schema.end()) {
      const Json* const target = reference->is_string() ? resolve(reference->get<std::string>()) : nullptr;
      return target != nullptr && follow(*target);  // one that leads nowhere is valijson's to report
    }
    for (const char* name : {"not", "if", "then", "else"})
      if (const auto part = schema.find(name); part != schema.end() && follow(*part)) return true;
    for (const char* name : {"allOf", "anyOf", "oneOf", "dependencies"})
      if (const auto parts = schema.find(name); parts != schema.end() && parts->is_structured())
        for (const Json& part : *parts)
          if (follow(part)) return true;
    return false;
  }

  const Json* resolve(std::string_view reference) const {
    if (!reference.starts_with('#')) return nullptr;
    try {
      const Json::json_pointer pointer{std::string(reference.substr(1))};
      return root_.contains(pointer) ? &root_.at(pointer) : nullptr;
    } catch (const Json::exception&) {
      return nullptr;
    }
  }

  const Json& root_;
  std::set<const Json*> path_;
  std::set<const Json*> finished_;
};

}  // namespace

Result<void> check_json_schema(const Json& schema) {
  if (const auto expression = wrong_expression(schema))
    return Error{Code::invalid_argument, "not a JSON Schema: wanted a regular expression, found " + quote_json(*expression)};
  if (Applied(schema).comes_back(schema))
    return Error{Code::invalid_argument, "not a JSON Schema: wanted $ref and the like to come to an end, found a circle, or more than " +
                                             std::to_string(most_in_a_row) + " in a row"};
  return ok();
}

}  // namespace backplane::base
