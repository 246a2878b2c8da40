#include "store/sqlite/sqlite_store.hpp"

#include <array>

#include "store/sqlite/answer.hpp"
#include "store/sqlite/read.hpp"
#include "store/sqlite/work.hpp"

namespace backplane::store::sqlite {

SqliteStore::SqliteStore(const SqliteOptions& options, std::unique_ptr<FileLock> lock, std::unique_ptr<Connection> writing,
                         std::uint64_t last_position)
    : path_(options.path),
      lock_(std::move(lock)),
      writer_(std::move(writing), options.path, {options.max_batch, options.ballast_bytes}, last_position),
      readers_(options.path, options.busy_timeout, [this] { writer_.reader_ended(); }) {}

SqliteStore::~SqliteStore() { close(); }

base::Result<void> SqliteStore::declare(const std::vector<TypeIndex>& types,
                                        const std::function<void(const std::string&)>& progress) {
  return writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(members_, declare_members(connection, types, progress));
    return base::ok();
  });
}

void SqliteStore::commit(UnitOfWork unit, Done done) { writer_.submit(std::move(unit), std::move(done)); }

base::Result<model::Resource> SqliteStore::get(const model::ResourceKey& key) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  BACKPLANE_TRY(std::optional<StoredResource> found, find_resource(lease.connection(), lease.types(), key));
  if (!found) return no_such_resource(key);
  return std::move(found->resource);
}

base::Result<model::Revision> SqliteStore::get_revision(const model::ResourceKey& key, std::uint64_t revision) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return read_one_revision(lease, key, revision);
}

base::Result<std::vector<model::Revision>> SqliteStore::list_revisions(const model::ResourceKey& key, std::uint64_t after,
                                                                       std::size_t limit) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return read_revisions(lease, key, after, limit);
}

base::Result<Page> SqliteStore::search(const Search& search) {
  static const std::vector<IndexedMember> none;
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  const auto members = members_.find(search.type);
  return read_page(lease, search, members == members_.end() ? none : members->second);
}

base::Result<void> SqliteStore::scan(const std::string& tenant, const std::string& type, const std::string& after_id,
                                     const std::function<bool(const Scanned&)>& each) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return scan_type(lease, tenant, type, after_id, each);
}

base::Result<std::optional<StoredAnswer>> SqliteStore::stored_answer(const IdempotencyKey& key) {
  BACKPLANE_TRY(const ReaderPool::Lease lease, readers_.borrow());
  return find_answer(lease.connection(), key);
}

base::Result<std::size_t> SqliteStore::forget_answers(base::UtcTime before) {
  std::size_t forgotten = 0;
  BACKPLANE_CHECK(writer_.run([&](Connection& connection) -> base::Result<void> {
    BACKPLANE_TRY(forgotten, forget_answers_before(connection, before));
    return base::ok();
  }));
  return forgotten;
}

StoreFigures SqliteStore::figures() const {
  StoreFigures figures{writer_.commits(), writer_.batches(), writer_.failures()};
  for (const char* const suffix : {"", "-wal"}) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path_.string() + suffix, error);
    if (!error) figures.file_bytes += bytes;
  }
  if (const auto lease = readers_.borrow())
    if (const auto totals = read_totals(lease->connection())) {
      figures.events = totals->events;
      figures.event_bytes = totals->bytes;
    }
  return figures;
}

void SqliteStore::close() {
  if (!std::exchange(open_, false)) return;
  readers_.close();
  writer_.stop();
  lock_->note_closed();
  lock_.reset();
}

}  // namespace backplane::store::sqlite
