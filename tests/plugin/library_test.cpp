#include "plugin/library.hpp"

#include <backplane/backplane.h>
#include <dlfcn.h>

#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using backplane::base::Code;
using backplane::base::Result;
using backplane::plugin::Closed;
using backplane::plugin::Library;
using backplane::plugin::PrivateCopy;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;

namespace {

Result<Library> open(const TemporaryDirectory& directory, std::string_view name, std::uint64_t generation = 1) {
  BACKPLANE_TRY(PrivateCopy copy, PrivateCopy::make(fixture(name), directory.path(), "fixture", generation));
  return Library::open(std::move(copy));
}

}  // namespace

TEST_CASE("a library is opened, gives its table, and is unmapped when closed") {
  const TemporaryDirectory directory;
  auto library = open(directory, "good");
  REQUIRE(library.has_value());
  const auto table = library->call_entry();
  REQUIRE(table.has_value());
  REQUIRE(*table != nullptr);
  CHECK((*table)->struct_size == sizeof(bp_plugin));
  CHECK(std::move(*library).close() == Closed::unmapped);
}

TEST_CASE("two generations of one file are two libraries") {
  const TemporaryDirectory directory;
  const auto first = open(directory, "good", 1);
  const auto second = open(directory, "good", 2);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(*first->call_entry() != *second->call_entry());
}

TEST_CASE("a library is not lent to others: its symbols are its own") {
  const TemporaryDirectory directory;
  const auto library = open(directory, "good");
  REQUIRE(library.has_value());
  CHECK(dlsym(RTLD_DEFAULT, "backplane_plugin_1") == nullptr);
}

#if !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a library that stays mapped although it was closed is told") {
  const TemporaryDirectory directory;
  auto library = open(directory, "unique_symbols");
  REQUIRE(library.has_value());
  CHECK(std::move(*library).close() == Closed::still_mapped);
}
#endif

TEST_CASE("a library that others have open stays mapped when closed") {
  const TemporaryDirectory directory;
  auto library = open(directory, "good");
  REQUIRE(library.has_value());
  void* const other = dlopen(library->file().c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(other != nullptr);
  CHECK(std::move(*library).close() == Closed::still_mapped);
  dlclose(other);
}

TEST_CASE("a parked library keeps its code and its file") {
  const TemporaryDirectory directory;
  auto library = open(directory, "good");
  REQUIRE(library.has_value());
  const bp_plugin* const table = library->call_entry().value();
  const auto file = library->file();
  std::move(*library).park();
  CHECK(table->struct_size == sizeof(bp_plugin));
  CHECK(std::filesystem::exists(file));
  void* const still_there = dlopen(file.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  CHECK(still_there != nullptr);
  dlclose(still_there);
}

TEST_CASE("what the loader refuses is told in its own words") {
  const TemporaryDirectory directory;
  const auto missing = open(directory, "missing_symbol");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == Code::plugin_fault);
  CHECK(missing.error().message == "wanted it to load, found: undefined symbol: nobody_defines_this");
  const auto no_entry = open(directory, "no_entry", 2);
  REQUIRE(no_entry.has_value());
  CHECK(no_entry->call_entry().error().message ==
        "wanted the symbol backplane_plugin_1, found: undefined symbol: backplane_plugin_1");
}

TEST_CASE("an entry that throws is told with what it throws") {
  const TemporaryDirectory directory;
  const auto library = open(directory, "entry_throws");
  REQUIRE(library.has_value());
  CHECK(library->call_entry().error().message == "wanted a table, found an exception: no table today");
}
