#include "store/sqlite/event_rows.hpp"

#include "store/sqlite/row.hpp"

namespace backplane::store::sqlite {
namespace {

// The numbers in a row, its entries in the indexes, and what SQLite adds to both.
constexpr std::uint64_t bytes_beside_text = 100;

}  // namespace

base::Result<void> EventRow::read_name(const Statement& row, int column, std::int64_t& last, std::string& into) {
  const std::int64_t number = row.integer(column);
  if (number == last) return base::ok();
  BACKPLANE_TRY(const std::string* const name, names_.name(connection_, number));
  into = *name;
  last = number;
  return base::ok();
}

base::Result<const model::Event*> EventRow::read(const Statement& row) {
  event_.position = row.count(0);
  event_.id = row.text(1);
  BACKPLANE_CHECK(read_name(row, 2, type_, event_.type));
  BACKPLANE_CHECK(read_name(row, 3, tenant_, event_.tenant));
  BACKPLANE_CHECK(read_name(row, 4, actor_, event_.actor));
  BACKPLANE_CHECK(read_name(row, 5, source_, event_.source));
  event_.time = time_from(row.integer(6));
  event_.recorded_at = time_from(row.integer(7));
  event_.depth = static_cast<std::uint32_t>(row.integer(8));
  event_.key = row.text(9);
  event_.correlation_id = row.text(10);
  event_.causation_id = row.text(11);
  event_.subject = row.text(12);
  event_.payload = model::Document::trusted(std::string(row.text(13)));
  return &event_;
}

std::uint64_t bytes_of(const model::Event& event) {
  return bytes_beside_text + event.id.size() + event.key.size() + event.correlation_id.size() +
         event.causation_id.size() + event.subject.size() + event.payload.text().size();
}

std::uint64_t bytes_of_row(const Statement& row) {
  std::uint64_t bytes = bytes_beside_text;
  for (const int column : {1, 9, 10, 11, 12, 13}) bytes += row.text(column).size();
  return bytes;
}

}  // namespace backplane::store::sqlite
