// JSON Schema (draft 7), compiled once and used from any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"

namespace backplane::base {

class JsonSchema {
 public:
  // Compiles a schema. invalid_argument: it is not one; the message says what is wrong.
  static Result<JsonSchema> compile(const nlohmann::json& schema);

  // invalid_document: the message names the first violation by JSON Pointer; the details are
  // {"violations": [{"pointer": "/title", "message": "..."}]}, at most 20 of them.
  Result<void> validate(const nlohmann::json& document) const;

  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;

 private:
  struct Compiled;
  explicit JsonSchema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace backplane::base
