// A resource is taken back to a time as far as its history tells.
#include "app/scratch_data.hpp"

#include "support/catch.hpp"

namespace backplane::test {
namespace {

base::UtcTime second(int number) { return base::UtcTime(std::chrono::seconds(number)); }

model::Revision revision_of(std::uint64_t number, int time) {
  model::Revision revision;
  revision.version.revision = number;
  revision.created_at = revision.updated_at = second(time);
  revision.updated_by = "actor " + std::to_string(number);
  return revision;
}

// Created at second 10, updated at 20 and 30, then deleted at 40.
store::Scanned three_revisions() {
  store::Scanned scanned;
  scanned.resource.created_at = second(10);
  scanned.resource.updated_at = second(40);
  scanned.resource.deleted = true;
  scanned.resource.current = revision_of(3, 30);
  scanned.revisions = {revision_of(1, 10), revision_of(2, 20)};
  return scanned;
}

}  // namespace

TEST_CASE("a resource that was not there yet is left out") {
  CHECK_FALSE(app::taken_back(three_revisions(), second(10)));
  CHECK_FALSE(app::taken_back(three_revisions(), second(5)));
}

TEST_CASE("a resource that has not changed since stays as it is") {
  const auto same = app::taken_back(three_revisions(), second(41));
  REQUIRE(same);
  CHECK(same->resource.deleted);
  CHECK(same->resource.current.version.revision == 3);
  CHECK(same->revisions.size() == 2);
}

TEST_CASE("a resource that was deleted since is there again") {
  const auto before = app::taken_back(three_revisions(), second(40));
  REQUIRE(before);
  CHECK_FALSE(before->resource.deleted);
  CHECK(before->resource.current.version.revision == 3);
  CHECK(before->resource.updated_at == second(30));
}

TEST_CASE("revisions made since are gone, and the last of the others is current") {
  const auto before = app::taken_back(three_revisions(), second(25));
  REQUIRE(before);
  CHECK(before->resource.current.version.revision == 2);
  CHECK(before->resource.updated_by == "actor 2");
  CHECK(before->revisions.size() == 1);
}

}  // namespace backplane::test
