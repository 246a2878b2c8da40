#include "base/json_schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/json.hpp"

namespace backplane::base {
namespace {

// valijson matches `pattern` and `format` by std::regex, whose stack grows with the text. A longer one is refused
// before it gets there.
constexpr std::size_t most_matched_bytes = 8192;
constexpr std::size_t most_violations = 20;

bool uses_expressions(const Json& schema) {
  if (schema.is_array())
    return std::any_of(schema.begin(), schema.end(), uses_expressions);
  if (!schema.is_object()) return false;
  for (const auto& [name, value] : schema.items())
    if (name == "pattern" || name == "patternProperties" || name == "format" || uses_expressions(value)) return true;
  return false;
}

// Whether a string or a member's name is too long to be matched.
bool holds_long_text(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().size() > most_matched_bytes;
  if (value.is_array()) return std::any_of(value.begin(), value.end(), holds_long_text);
  if (!value.is_object()) return false;
  for (const auto& [name, member] : value.items())
    if (name.size() > most_matched_bytes || holds_long_text(member)) return true;
  return false;
}

// "<root>[title][0]" in valijson's words is /title/0.
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view token = context[i];
    if (token.size() >= 2 && token.front() == '[' && token.back() == ']') token = token.substr(1, token.size() - 2);
    pointer += '/';
    for (const char c : token) {
      if (c == '~') pointer += "~0";
      else if (c == '/') pointer += "~1";
      else pointer += c;
    }
  }
  return pointer;
}

}  // namespace

struct JsonSchema::Compiled {
  valijson::Schema schema;
  bool matches_expressions = false;
};

JsonSchema::JsonSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;

Result<JsonSchema> JsonSchema::compile(const nlohmann::json& schema) {
  if (!schema.is_object() && !schema.is_boolean())
    return Error{Code::invalid_argument, std::string("not a JSON Schema: wanted an object, found ") + schema.type_name()};
  auto compiled = std::make_unique<Compiled>();
  try {
    valijson::SchemaParser parser;
    valijson::adapters::NlohmannJsonAdapter adapter(schema);
    parser.populateSchema(adapter, compiled->schema);
  } catch (const std::exception& error) {
    return Error{Code::invalid_argument, std::string("not a JSON Schema: ") + error.what()};
  }
  compiled->matches_expressions = uses_expressions(schema);
  return JsonSchema(std::move(compiled));
}

Result<void> JsonSchema::validate(const nlohmann::json& document) const {
  if (compiled_->matches_expressions && holds_long_text(document))
    return Error{Code::invalid_document, "a string of more than " + std::to_string(most_matched_bytes) +
                                             " bytes cannot be checked against a schema that uses pattern or format"};
  valijson::ValidationResults results;
  try {
    valijson::Validator validator;
    valijson::adapters::NlohmannJsonAdapter adapter(document);
    if (validator.validate(compiled_->schema, adapter, &results)) return ok();
  } catch (const std::exception& error) {
    return Error{Code::invalid_document, std::string("the schema cannot be applied: ") + error.what()};
  }

  Json violations = Json::array();
  valijson::ValidationResults::Error violation;
  while (violations.size() < most_violations && results.popError(violation))
    violations.push_back({{"pointer", pointer_of(violation.context)}, {"message", violation.description}});
  // valijson reports the innermost violation first, which is the one to name.
  std::string message = "the document does not satisfy its schema";
  if (!violations.empty()) {
    const auto pointer = violations[0]["pointer"].get<std::string>();
    message = (pointer.empty() ? "the document" : pointer) + ": " + violations[0]["message"].get<std::string>();
  }
  return Error{Code::invalid_document, std::move(message), {}, to_text({{"violations", std::move(violations)}})};
}

}  // namespace backplane::base
