// The progress of durable subscriptions on SQLite: what Store::deliveries gives.
#pragma once

#include "store/deliveries.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/sqlite/writer.hpp"

namespace backplane::store::sqlite {

class SqliteDeliveries final : public Deliveries {
 public:
  SqliteDeliveries(Writer& writer, ReaderPool& readers) : writer_(writer), readers_(readers) {}

  base::Result<Cursor> open_cursor(const std::string& subscription, std::uint64_t floor, base::UtcTime now) override;
  base::Result<std::vector<Cursor>> cursors() override;
  base::Result<std::vector<Delivery>> exceptions(const std::string& subscription) override;
  void keep(Progress progress, std::function<void(base::Result<void>)> done) override;
  base::Result<Cursor> rewind(const std::string& subscription, std::uint64_t floor, std::uint64_t replay_up_to,
                              base::UtcTime now) override;
  base::Result<Cursor> pause(const std::string& subscription, bool paused, base::UtcTime now) override;
  base::Result<void> drop_cursor(const std::string& subscription) override;
  base::Result<std::vector<DeadLetter>> dead_letters(const DeadLetterQuery& query) override;
  base::Result<DeadLetter> dead_letter(std::uint64_t id) override;
  base::Result<DeadLetter> redrive(std::uint64_t id, base::UtcTime now) override;
  base::Result<void> discard(std::uint64_t id) override;

 private:
  Writer& writer_;
  ReaderPool& readers_;
};

}  // namespace backplane::store::sqlite
