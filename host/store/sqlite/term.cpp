#include "store/sqlite/term.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "store/sqlite/member_key.hpp"
#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {
namespace {

std::string_view name_of(Field::Kind kind) {
  switch (kind) {
    case Field::Kind::pointer: return "member";
    case Field::Kind::id: return "id";
    case Field::Kind::status: return "status";
    case Field::Kind::revision: return "revision";
    case Field::Kind::created_at: return "created_at";
    case Field::Kind::created_by: return "created_by";
    case Field::Kind::updated_at: return "updated_at";
    case Field::Kind::updated_by: return "updated_by";
  }
  return "";
}

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal: return "=";
    case Comparison::not_equal: return "<>";
    case Comparison::less: return "<";
    case Comparison::less_equal: return "<=";
    case Comparison::greater: return ">";
    case Comparison::greater_equal:
    case Comparison::prefix: return ">=";
  }
  return "=";
}

base::Error does_not_fit(const Field& field, std::string_view wanted, const base::Json& found) {
  const std::string name = field.kind == Field::Kind::pointer ? "'" + field.pointer + "'" : std::string(name_of(field.kind));
  return {base::Code::invalid_argument,
          "a filter on " + name + ": wanted " + std::string(wanted) + ", found " + base::to_text(found)};
}

// Keys of other kinds, and of absent members, are kept out.
base::Result<std::vector<Term>> member_terms(const Filter& filter) {
  if (filter.value.is_structured())
    return does_not_fit(filter.field, "null, a boolean, a number or a string", filter.value);
  if (filter.comparison == Comparison::prefix && !filter.value.is_string())
    return does_not_fit(filter.field, "a string for a prefix", filter.value);
  const std::string key = key_of(filter.value);
  std::vector<Term> terms{{sign_of(filter.comparison), Blob{key}}};
  switch (filter.comparison) {
    case Comparison::equal: break;
    case Comparison::not_equal: terms.push_back({"<", Blob{absent_key()}}); break;
    case Comparison::less:
    case Comparison::less_equal: terms.push_back({">=", Blob{kind_begin(key)}}); break;
    case Comparison::greater:
    case Comparison::greater_equal: terms.push_back({"<", Blob{kind_end(key)}}); break;
    case Comparison::prefix: terms.push_back({"<", Blob{prefix_end(key)}}); break;
  }
  return terms;
}

base::Result<std::vector<Term>> text_terms(const Filter& filter) {
  if (!filter.value.is_string()) return does_not_fit(filter.field, "a string", filter.value);
  const std::string text = filter.value.get<std::string>();
  std::vector<Term> terms{{sign_of(filter.comparison), text}};
  if (filter.comparison == Comparison::prefix && !text.empty()) terms.push_back({"<", prefix_end(text)});
  return terms;
}

base::Result<std::vector<Term>> number_terms(const Filter& filter, std::int64_t number) {
  if (filter.comparison == Comparison::prefix)
    return does_not_fit(filter.field, "a comparison other than prefix", filter.value);
  return std::vector<Term>{{sign_of(filter.comparison), number}};
}

base::Result<std::vector<Term>> status_terms(const Filter& filter) {
  const bool equality = filter.comparison == Comparison::equal || filter.comparison == Comparison::not_equal;
  const auto status = filter.value.is_string() ? model::status_named(filter.value.get<std::string>()) : std::nullopt;
  if (!equality || !status) return does_not_fit(filter.field, "equal or not_equal to \"stable\" or \"draft\"", filter.value);
  return number_terms(filter, static_cast<std::int64_t>(*status));
}

base::Result<std::vector<Term>> revision_terms(const Filter& filter) {
  const bool fits = filter.value.is_number_integer() &&
                    !(filter.value.is_number_unsigned() && filter.value.get<std::uint64_t>() > INT64_MAX);
  if (!fits) return does_not_fit(filter.field, "a whole number", filter.value);
  return number_terms(filter, filter.value.get<std::int64_t>());
}

base::Result<std::vector<Term>> time_terms(const Filter& filter) {
  if (!filter.value.is_string()) return does_not_fit(filter.field, "an RFC 3339 time as a string", filter.value);
  auto time = base::from_rfc3339(filter.value.get<std::string>());
  if (!time) return base::within("a filter on " + std::string(name_of(filter.field.kind)), std::move(time).error());
  return number_terms(filter, micros(*time));
}

}  // namespace

std::string expression_of(const Field& field) {
  switch (field.kind) {
    case Field::Kind::pointer: return member_expression(field.pointer);
    case Field::Kind::id: return "name";
    case Field::Kind::status:
    case Field::Kind::revision:
    case Field::Kind::created_at:
    case Field::Kind::created_by:
    case Field::Kind::updated_at:
    case Field::Kind::updated_by: return std::string(name_of(field.kind));
  }
  return "name";
}

Value value_of(const Field& field, const model::Resource& resource) {
  switch (field.kind) {
    case Field::Kind::pointer: return Blob{member_key(resource.current.document.text(), field.pointer)};
    case Field::Kind::id: return resource.key.id;
    case Field::Kind::status: return static_cast<std::int64_t>(resource.current.status);
    case Field::Kind::revision: return static_cast<std::int64_t>(resource.current.version.revision);
    case Field::Kind::created_at: return micros(resource.created_at);
    case Field::Kind::created_by: return resource.created_by;
    case Field::Kind::updated_at: return micros(resource.updated_at);
    case Field::Kind::updated_by: return resource.updated_by;
  }
  return resource.key.id;
}

base::Result<std::vector<Term>> terms_of(const Filter& filter) {
  switch (filter.field.kind) {
    case Field::Kind::pointer: return member_terms(filter);
    case Field::Kind::id:
    case Field::Kind::created_by:
    case Field::Kind::updated_by: return text_terms(filter);
    case Field::Kind::status: return status_terms(filter);
    case Field::Kind::revision: return revision_terms(filter);
    case Field::Kind::created_at:
    case Field::Kind::updated_at: return time_terms(filter);
  }
  return text_terms(filter);
}

}  // namespace backplane::store::sqlite
