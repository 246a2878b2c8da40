// One value of a JSON document, by its kind. Part of backplane.hpp. Valid as long as its document; any thread.
#pragma once

#include <backplane/border.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backplane::sdk {

// The kind of a JSON value; see bp_kind.
enum class Kind : std::uint32_t {
  null = BP_NULL,
  boolean = BP_BOOLEAN,
  integer = BP_INTEGER,
  unsigned_integer = BP_UNSIGNED,
  number = BP_NUMBER,
  string = BP_STRING,
  array = BP_ARRAY,
  object = BP_OBJECT,
};

constexpr std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "boolean";
    case Kind::integer: return "integer";
    case Kind::unsigned_integer: return "unsigned integer";
    case Kind::number: return "number";
    case Kind::string: return "string";
    case Kind::array: return "array";
    case Kind::object: return "object";
  }
  return "unknown";
}

// One value of a document.
class Value {
 public:
  explicit Value(const bp_value& value) : value_(value) {}

  Kind kind() const { return static_cast<Kind>(value_.kind); }
  bool is_null() const { return kind() == Kind::null; }

  // The value, when it is of that kind; nothing otherwise. A whole number is also a number; integer() holds what
  // fits int64_t, unsigned_integer() what is not negative.
  std::optional<std::string_view> string() const {
    return kind() == Kind::string ? std::optional(detail::view(value_.string)) : std::nullopt;
  }
  std::optional<bool> boolean() const {
    return kind() == Kind::boolean ? std::optional(value_.boolean != 0) : std::nullopt;
  }
  std::optional<std::int64_t> integer() const {
    return kind() == Kind::integer ? std::optional(value_.integer) : std::nullopt;
  }
  std::optional<std::uint64_t> unsigned_integer() const {
    const bool whole = kind() == Kind::unsigned_integer || (kind() == Kind::integer && value_.integer >= 0);
    return whole ? std::optional(static_cast<std::uint64_t>(value_.integer)) : std::nullopt;
  }
  std::optional<double> number() const {
    const bool any = kind() == Kind::integer || kind() == Kind::unsigned_integer || kind() == Kind::number;
    return any ? std::optional(value_.number) : std::nullopt;
  }

  // The same, for values that have to be there: Error invalid_document for another kind.
  std::string_view as_string() const { return wanted(string(), "string"); }
  bool as_boolean() const { return wanted(boolean(), "boolean"); }
  std::int64_t as_integer() const { return wanted(integer(), "integer"); }
  std::uint64_t as_unsigned_integer() const { return wanted(unsigned_integer(), "unsigned integer"); }
  double as_number() const { return wanted(number(), "number"); }

  // The elements of an array, the members of an object; 0 for any other kind.
  std::size_t size() const {
    return static_cast<std::size_t>(kind() == Kind::array || kind() == Kind::object ? value_.count : 0);
  }

 private:
  template <class T>
  T wanted(std::optional<T> value, std::string_view kind_wanted) const {
    if (value) return *value;
    throw Error(Status::invalid_document,
                "wanted a value of kind " + std::string(kind_wanted) + ", found " + std::string(name_of(kind())));
  }

  bp_value value_;
};

}  // namespace backplane::sdk
