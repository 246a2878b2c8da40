// A store on SQLite in a temporary directory of its own.
#pragma once

#include <filesystem>

#include "store/fresh_store.hpp"
#include "store/open.hpp"

namespace backplane::store::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class FreshSqliteStore final : public StoreUnderTest {
 public:
  FreshSqliteStore();
  Store& store() override { return *store_; }
  Store& operator*() const { return *store_; }
  Store* operator->() const { return store_.get(); }
  void reopen() override;
  void close();
  std::filesystem::path path() const { return directory_.path() / "backplane.db"; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

// All bytes of the file, or none.
std::string bytes_of(const std::filesystem::path& path);

}  // namespace backplane::store::testing
