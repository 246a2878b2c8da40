// A JSON document: its text without white space, as its writer wrote it, and its parsed form, made once
// when first asked for. Cheap to copy; immutable; any thread.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace backplane::model {

class Document {
 public:
  // The empty object.
  Document();

  // Checks and takes a text from outside: see base::parse_json. Any JSON value is a document.
  static base::Result<Document> parse(std::string_view text, const base::JsonLimits& limits = {});

  // Takes a text that was checked before, such as one out of the store.
  static Document trusted(std::string text);

  static Document from(base::Json value);

  // The same for a value that grew from others: too_large when it is beyond the limits.
  static base::Result<Document> from(const base::Json& value, const base::JsonLimits& limits);

  std::string_view text() const;
  const base::Json& json() const;

  // The same JSON value: by text if that is equal, else by value.
  bool operator==(const Document& other) const;

 private:
  struct Body;
  explicit Document(std::shared_ptr<const Body> body);
  std::shared_ptr<const Body> body_;
};

}  // namespace backplane::model
