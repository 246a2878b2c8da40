// The event log on SQLite: what Store::events gives.
#pragma once

#include "store/event_log.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/sqlite/writer.hpp"

namespace backplane::store::sqlite {

class SqliteEventLog final : public EventLog {
 public:
  SqliteEventLog(Writer& writer, ReaderPool& readers) : writer_(writer), readers_(readers) {}

  base::Result<std::uint64_t> read_events(const EventQuery& query, const std::function<bool(const model::Event&)>& each) override;
  base::Result<std::uint64_t> read_events_backwards(const EventQuery& query,
                                           const std::function<bool(const model::Event&)>& each) override;
  base::Result<model::Event> event_at(std::uint64_t position) override;
  std::uint64_t last_position() const override { return writer_.last_position(); }
  base::Result<Retained> retain(const Retention& retention, base::UtcTime now) override;

 private:
  Writer& writer_;
  ReaderPool& readers_;
};

}  // namespace backplane::store::sqlite
