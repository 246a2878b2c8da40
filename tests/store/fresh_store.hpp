// A store for one test, and short words for what the tests do with it. The conformance tests see nothing but this and
// store.hpp: another store is put through them by linking them with another fresh_store.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "store/store.hpp"
#include "support/catch.hpp"

namespace backplane::store::testing {

// A store and what it is made of: what each kind of store implements once.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  // Closes the store and opens it again.
  virtual void reopen() = 0;
};
std::unique_ptr<StoreUnderTest> make_store_under_test();

// An empty store, gone with the object, whose types are declared_types().
class FreshStore {
 public:
  Store& operator*() const { return under_test_->store(); }
  Store* operator->() const { return &under_test_->store(); }
  void reopen() { under_test_->reopen(); }

 private:
  std::unique_ptr<StoreUnderTest> under_test_ = make_store_under_test();
};

// note (indexed: /title, /rank, /done, /tags/0 and an odd one) and task (nothing indexed).
std::vector<TypeIndex> declared_types();
inline constexpr const char* odd_pointer = "/it's ~0~1 \"x\"";

// "2026-01-01T00:00:00Z" and `micros` later.
base::UtcTime at(std::int64_t micros);

model::ResourceKey note(std::string id);
model::Document doc(std::string_view json);
Create create(std::string id, std::string_view json, model::Status status = model::Status::stable);
Update update(std::string id, std::string_view json, Precondition expected = {});

UnitOfWork unit(std::vector<Write> writes, std::string actor = "ann", std::int64_t time = 1);

// Commits and waits for the answer.
CommitResult commit(Store& store, UnitOfWork work);
// The same for one write that must succeed, or must fail.
Committed done(Store& store, Write write, std::string actor = "ann", std::int64_t time = 1);
base::Error refused(Store& store, Write write);

// What must be there.
model::Resource found(Store& store, const std::string& id);

}  // namespace backplane::store::testing
