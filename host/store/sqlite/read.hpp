// The reads, each on a connection that it was lent.
#pragma once

#include "store/sqlite/query.hpp"
#include "store/sqlite/reader_pool.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

// While it lives, all reads of the connection see one moment.
class Snapshot {
 public:
  static base::Result<Snapshot> begin(Connection& connection);
  Snapshot(Snapshot&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

 private:
  explicit Snapshot(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

// See the functions of Store.
base::Result<model::Revision> read_one_revision(const ReaderPool::Lease& lease, const model::ResourceKey& key,
                                                std::uint64_t revision);
base::Result<std::vector<model::Revision>> read_revisions(const ReaderPool::Lease& lease, const model::ResourceKey& key,
                                                          std::uint64_t after, std::size_t limit);
base::Result<Page> read_page(const ReaderPool::Lease& lease, const Search& search,
                             const std::vector<IndexedMember>& members);
base::Result<void> scan_type(const ReaderPool::Lease& lease, const std::string& tenant, const std::string& type,
                             const std::string& after_id, const std::function<bool(const Scanned&)>& each);

}  // namespace backplane::store::sqlite
