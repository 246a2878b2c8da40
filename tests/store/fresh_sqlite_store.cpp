#include "store/fresh_sqlite_store.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace backplane::store::testing {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "backplane-store-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

FreshSqliteStore::FreshSqliteStore() { reopen(); }

void FreshSqliteStore::reopen() {
  close();
  auto opened = open_sqlite({path()});
  if (!opened) FAIL(opened.error().message);
  store_ = std::move(*opened);
  REQUIRE(store_->declare(declared_types(), nullptr).has_value());
}

void FreshSqliteStore::close() {
  if (store_) store_->close();
  store_.reset();
}

std::unique_ptr<StoreUnderTest> make_store_under_test() { return std::make_unique<FreshSqliteStore>(); }

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace backplane::store::testing
