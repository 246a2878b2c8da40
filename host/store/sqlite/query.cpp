#include "store/sqlite/query.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/sqlite/cursor.hpp"
#include "store/sqlite/member_key.hpp"
#include "store/sqlite/row.hpp"
#include "store/sqlite/term.hpp"

namespace backplane::store::sqlite {
namespace {

// A value that becomes a parameter.
struct Bound {
  const Value& value;
};

// Text and parameters as they are put together.
class Builder {
 public:
  Builder& operator<<(std::string_view sql) {
    query_.sql += sql;
    return *this;
  }
  Builder& operator<<(const Bound& bound) {
    query_.parameters.push_back(bound.value);
    query_.sql += '?' + std::to_string(query_.parameters.size());
    return *this;
  }
  Query take() { return std::move(query_); }

 private:
  Query query_;
};

base::Result<void> check_fields(const Search& search, const std::vector<IndexedMember>& members) {
  const auto check = [&](const Field& field) -> base::Result<void> {
    const auto same = [&](const IndexedMember& member) { return member.pointer == field.pointer; };
    if (field.kind != Field::Kind::pointer || std::any_of(members.begin(), members.end(), same)) return base::ok();
    std::string message = search.type + ": searches cannot use '" + field.pointer + "', which is not indexed; indexed are: ";
    if (members.empty()) message += "none";
    for (const IndexedMember& member : members) message += (&member == members.data() ? "" : ", ") + member.pointer;
    return base::Error{base::Code::invalid_argument, message};
  };
  for (const Filter& filter : search.filters) BACKPLANE_CHECK(check(filter.field));
  for (const Sort& sort : search.sort) BACKPLANE_CHECK(check(sort.field));
  return base::ok();
}

// The sort as it is carried out: up to the id, which ends it; its direction is that of the sort before it.
std::vector<Sort> whole_sort(const Search& search) {
  std::vector<Sort> sorts;
  for (const Sort& sort : search.sort) {
    sorts.push_back(sort);
    if (sort.field.kind == Field::Kind::id) return sorts;
  }
  sorts.push_back({Field{Field::Kind::id}, !sorts.empty() && sorts.back().descending});
  return sorts;
}

// The index that a search goes through: of a member that must equal something, else of the member that is sorted by
// first, else of one that is filtered, else the resources' keys. Named in the SQL, so that no plan is left to chance.
std::string index_for(const Search& search, const std::vector<IndexedMember>& members) {
  const Field* best = nullptr;
  const auto offer = [&](const Field& field) {
    if (best == nullptr && field.kind == Field::Kind::pointer) best = &field;
  };
  for (const Filter& filter : search.filters)
    if (filter.comparison == Comparison::equal) offer(filter.field);
  if (!search.sort.empty()) offer(search.sort.front().field);
  for (const Filter& filter : search.filters) offer(filter.field);
  if (best == nullptr) return "resource_key";
  const auto same = [&](const IndexedMember& member) { return member.pointer == best->pointer; };
  return "member_" + std::to_string(std::find_if(members.begin(), members.end(), same)->id);
}

base::Result<void> add_where(Builder& builder, const Search& search, std::int64_t type,
                             const std::vector<IndexedMember>& members) {
  builder << " FROM resource INDEXED BY " << index_for(search, members) << " WHERE type = " << std::to_string(type)
          << " AND tenant = " << Bound{search.tenant};
  if (search.deleted != Deleted::include) builder << (search.deleted == Deleted::only ? " AND deleted = 1" : " AND deleted = 0");
  for (const Filter& filter : search.filters) {
    BACKPLANE_TRY(const std::vector<Term> terms, terms_of(filter));
    for (const Term& term : terms)
      builder << " AND " << expression_of(filter.field) << " " << term.comparison << " " << Bound{term.value};
  }
  return base::ok();
}

// "Behind these values": e1 >= v1 AND (e1 > v1 OR (e2 ...)), where the first part is what an index can seek.
void add_after(Builder& builder, const std::vector<Sort>& sorts, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < sorts.size(); ++i) {
    const std::string expression = expression_of(sorts[i].field);
    const std::string beyond = sorts[i].descending ? " < " : " > ";
    if (i + 1 == sorts.size()) {
      builder << " AND " << expression << beyond << Bound{values[i]};
    } else {
      builder << " AND " << expression << (sorts[i].descending ? " <= " : " >= ") << Bound{values[i]} << " AND (" << expression
              << beyond << Bound{values[i]} << " OR (1";
    }
  }
  for (std::size_t i = 1; i < sorts.size(); ++i) builder << "))";
}

}  // namespace

base::Result<Query> page_query(const Search& search, std::int64_t type, const std::vector<IndexedMember>& members) {
  BACKPLANE_CHECK(check_fields(search, members));
  Builder builder;
  builder << "SELECT " BACKPLANE_RESOURCE_COLUMNS;
  BACKPLANE_CHECK(add_where(builder, search, type, members));
  const std::vector<Sort> sorts = whole_sort(search);
  if (!search.after.empty()) {
    const auto values = read_cursor(search, search.after);
    if (!values || values->size() != sorts.size())
      return base::Error{base::Code::invalid_argument, search.type + ": the cursor '" + search.after +
                                                           "' does not belong to this search"};
    add_after(builder, sorts, *values);
  }
  builder << " ORDER BY ";
  for (const Sort& sort : sorts)
    builder << (&sort == sorts.data() ? "" : ", ") << expression_of(sort.field) << (sort.descending ? " DESC" : " ASC");
  builder << " LIMIT " << Bound{static_cast<std::int64_t>(search.limit) + 1};
  return builder.take();
}

base::Result<Query> total_query(const Search& search, std::int64_t type, const std::vector<IndexedMember>& members) {
  BACKPLANE_CHECK(check_fields(search, members));
  Builder builder;
  builder << "SELECT count(*)";
  BACKPLANE_CHECK(add_where(builder, search, type, members));
  return builder.take();
}

std::string cursor_after(const Search& search, const model::Resource& last) {
  std::vector<Value> values;
  for (const Sort& sort : whole_sort(search)) values.push_back(value_of(sort.field, last));
  return write_cursor(search, values);
}

}  // namespace backplane::store::sqlite
