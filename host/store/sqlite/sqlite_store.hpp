// The store on SQLite: one writer (writer.hpp) and readers beside it (reader_pool.hpp) on one database file.
#pragma once

#include <memory>

#include "store/open.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/member_index.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/sqlite/sqlite_deliveries.hpp"
#include "store/sqlite/sqlite_event_log.hpp"
#include "store/sqlite/writer.hpp"

namespace backplane::store::sqlite {

class SqliteStore final : public Store {
 public:
  SqliteStore(const SqliteOptions& options, std::unique_ptr<FileLock> lock, std::unique_ptr<Connection> writing,
              std::uint64_t last_position);
  ~SqliteStore() override;

  base::Result<void> declare(const std::vector<TypeIndex>& types,
                             const std::function<void(const std::string&)>& progress) override;
  void commit(UnitOfWork unit, Done done) override;
  base::Result<model::Resource> get(const model::ResourceKey& key) override;
  base::Result<model::Revision> get_revision(const model::ResourceKey& key, std::uint64_t revision) override;
  base::Result<std::vector<model::Revision>> list_revisions(const model::ResourceKey& key, std::uint64_t after,
                                                            std::size_t limit) override;
  base::Result<Page> search(const Search& search) override;
  base::Result<void> scan(const std::string& tenant, const std::string& type, const std::string& after_id,
                          const std::function<bool(const Scanned&)>& each) override;
  base::Result<std::optional<StoredAnswer>> stored_answer(const IdempotencyKey& key) override;
  base::Result<std::size_t> forget_answers(base::UtcTime before) override;
  EventLog& events() override { return events_; }
  Deliveries& deliveries() override { return deliveries_; }
  StoreFigures figures() const override;
  void close() override;

 private:
  const std::filesystem::path path_;
  std::unique_ptr<FileLock> lock_;
  MembersByType members_;  // set by declare(), before anything else
  Writer writer_;
  mutable ReaderPool readers_;  // figures() reads too
  SqliteEventLog events_{writer_, readers_};
  SqliteDeliveries deliveries_{writer_, readers_};
  bool open_ = true;
};

}  // namespace backplane::store::sqlite
