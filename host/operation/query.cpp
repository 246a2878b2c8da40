#include "operation/query.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "model/name.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using Parameters = std::vector<std::pair<std::string, std::string>>;

Error wrong(std::string_view what, std::string_view wanted, std::string_view found) {
  return {Code::invalid_argument, std::string(what) + ": wanted " + std::string(wanted) + ", found " + base::quote_json(found.substr(0, 200))};
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Percent-decoding as in application/x-www-form-urlencoded.
base::Result<std::string> decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] == '%') {
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
      if (!low) return wrong("query", "two hex digits after '%'", text);
      plain += static_cast<char>(*high * 16 + *low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  if (!model::is_utf8(plain)) return wrong("query", "UTF-8 without NUL", text);
  return plain;
}

base::Result<Parameters> parameters_of(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    BACKPLANE_TRY(auto name, decoded(pair.substr(0, equals)));
    BACKPLANE_TRY(auto value, decoded(pair.substr(std::min(equals + 1, pair.size()))));
    parameters.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

base::Result<std::uint64_t> number_in(std::string_view name, std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number < least || number > most)
    return wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most), text);
  return number;
}

struct NamedField {
  std::string_view name;
  store::Field::Kind kind;
};
constexpr std::array<NamedField, 7> named_fields{{{"id", store::Field::Kind::id},
                                                  {"status", store::Field::Kind::status},
                                                  {"revision", store::Field::Kind::revision},
                                                  {"created_at", store::Field::Kind::created_at},
                                                  {"created_by", store::Field::Kind::created_by},
                                                  {"updated_at", store::Field::Kind::updated_at},
                                                  {"updated_by", store::Field::Kind::updated_by}}};

base::Result<store::Field> field_named(std::string_view name) {
  if (name.starts_with('/')) return store::Field{store::Field::Kind::pointer, std::string(name)};
  for (const NamedField& field : named_fields)
    if (field.name == name) return store::Field{field.kind};
  return wrong("field", "a JSON Pointer, id, status, revision, created_at, created_by, updated_at or updated_by", name);
}

struct Operator {
  std::string_view text;
  store::Comparison comparison;
};
// The longer ones first.
constexpr std::array<Operator, 7> operators{{{"!=", store::Comparison::not_equal},
                                             {"<=", store::Comparison::less_equal},
                                             {">=", store::Comparison::greater_equal},
                                             {"^=", store::Comparison::prefix},
                                             {"=", store::Comparison::equal},
                                             {"<", store::Comparison::less},
                                             {">", store::Comparison::greater}}};

// Text that is no JSON literal is itself the value.
base::Json value_from(const std::string& text) {
  auto literal = base::parse_json(text);
  return literal && !literal->is_structured() ? std::move(*literal) : base::Json(text);
}

base::Result<store::Filter> filter_from(const std::string& text) {
  const auto at = text.find_first_of("=!<>^");
  if (at == std::string::npos) return wrong("filter", "field, operator (= != < <= > >= ^=) and value", text);
  for (const Operator& candidate : operators) {
    if (text.compare(at, candidate.text.size(), candidate.text) != 0) continue;
    BACKPLANE_TRY(auto field, field_named(std::string_view(text).substr(0, at)));
    return store::Filter{std::move(field), candidate.comparison, value_from(text.substr(at + candidate.text.size()))};
  }
  return wrong("filter", "one of the operators = != < <= > >= ^=", text);
}

base::Result<void> check_count(std::string_view what, std::size_t most, std::size_t found) {
  if (found <= most) return base::ok();
  return Error{Code::invalid_argument, std::string(what) + ": wanted at most " + std::to_string(most) + ", found " + std::to_string(found)};
}

base::Result<std::vector<store::Sort>> sort_from(std::string_view text) {
  std::vector<store::Sort> sort;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool descending = name.starts_with('-');
    if (descending) name.remove_prefix(1);
    BACKPLANE_TRY(auto field, field_named(name));
    sort.push_back({std::move(field), descending});
  }
  return sort;
}

base::Result<store::Deleted> deleted_from(std::string_view text) {
  if (text == "include") return store::Deleted::include;
  if (text == "only") return store::Deleted::only;
  if (text == "exclude") return store::Deleted::exclude;
  return wrong("deleted", "include, only or exclude", text);
}

}  // namespace

base::Result<store::Search> parse_search(std::string_view query, std::size_t max_page) {
  BACKPLANE_TRY(const auto parameters, parameters_of(query));
  store::Search search;
  search.limit = std::min<std::size_t>(50, max_page);
  for (const auto& [name, value] : parameters) {
    if (name == "filter") {
      BACKPLANE_TRY(auto filter, filter_from(value));
      search.filters.push_back(std::move(filter));
    } else if (name == "sort") {
      BACKPLANE_TRY(search.sort, sort_from(value));
    } else if (name == "limit") {
      BACKPLANE_TRY(search.limit, number_in(name, value, 1, max_page));
    } else if (name == "cursor") {
      search.after = value;
    } else if (name == "total") {
      if (value != "true" && value != "false") return wrong(name, "true or false", value);
      search.want_total = value == "true";
    } else if (name == "deleted") {
      BACKPLANE_TRY(search.deleted, deleted_from(value));
    } else {
      return wrong("search parameter", "filter, sort, limit, cursor, total or deleted", name);
    }
  }
  BACKPLANE_CHECK(check_count("filters", most_filters, search.filters.size()));
  BACKPLANE_CHECK(check_count("fields to sort by", most_sorts, search.sort.size()));
  return search;
}

base::Result<RevisionsQuery> parse_revisions_query(std::string_view query, std::size_t max_page) {
  BACKPLANE_TRY(const auto parameters, parameters_of(query));
  RevisionsQuery parsed;
  parsed.limit = std::min<std::size_t>(50, max_page);
  for (const auto& [name, value] : parameters) {
    if (name == "after") {
      BACKPLANE_TRY(parsed.after, number_in(name, value, 0, INT64_MAX));
    } else if (name == "limit") {
      BACKPLANE_TRY(parsed.limit, number_in(name, value, 1, max_page));
    } else if (name == "deleted") {
      BACKPLANE_TRY(parsed.deleted, deleted_from(value));
    } else {
      return wrong("parameter", "after, limit or deleted", name);
    }
  }
  return parsed;
}

}  // namespace backplane::operation
