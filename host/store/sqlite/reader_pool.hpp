// The connections that read. A read borrows one and never waits: neither for the writer nor for other reads; when none
// is free, another one is opened, and those beyond a few are closed when they come back.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/types.hpp"

namespace backplane::store::sqlite {

struct Reader {
  std::unique_ptr<Connection> connection;
  Types types;
  Names names;
};

class ReaderPool {
 public:
  // A borrowed reader; goes back by its destructor, when all its statements are gone.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Reader> reader) : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) pool_->give_back(std::move(reader_));
    }
    Connection& connection() const { return *reader_->connection; }
    Types& types() const { return reader_->types; }
    Names& names() const { return reader_->names; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Reader> reader_;
  };

  // `returned` is called after each read, with no lock held.
  ReaderPool(std::filesystem::path path, std::chrono::milliseconds busy_timeout, std::function<void()> returned);

  // unavailable: the pool is closed; storage: no connection can be opened.
  base::Result<Lease> borrow();

  // Waits for the reads under way and closes all connections.
  void close();

 private:
  void give_back(std::unique_ptr<Reader> reader);

  const std::filesystem::path path_;
  const std::chrono::milliseconds busy_timeout_;
  const std::function<void()> returned_;
  std::mutex mutex_;
  std::condition_variable all_back_;
  std::vector<std::unique_ptr<Reader>> free_;
  std::size_t lent_ = 0;
  bool closed_ = false;
};

}  // namespace backplane::store::sqlite
