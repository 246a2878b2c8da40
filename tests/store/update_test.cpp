#include <atomic>
#include <set>
#include <thread>

#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;
using model::Status;
using model::Version;

TEST_CASE("An update is a new revision whose parent is the current one") {
  FreshStore store;
  done(*store, create("a", "1"), "ann", 1);
  const Committed updated = done(*store, update("a", "2"), "bob", 2);
  CHECK(updated.changed);
  REQUIRE(updated.previous.has_value());
  CHECK(updated.previous->current.document.text() == "1");
  CHECK(updated.previous->current.version == Version{1, 0});
  for (const model::Resource& resource : {updated.resource, found(*store, "a")}) {
    CHECK(resource.current.version == Version{2, 0});
    CHECK(resource.current.parent == 1);
    CHECK(resource.current.document.text() == "2");
    CHECK(resource.current.created_at == at(2));
    CHECK(resource.current.created_by == "bob");
    CHECK(resource.current.updated_at == at(2));
    CHECK(resource.current.updated_by == "bob");
    CHECK(resource.created_at == at(1));
    CHECK(resource.created_by == "ann");
    CHECK(resource.updated_at == at(2));
    CHECK(resource.updated_by == "bob");
  }
  CHECK(store->get_revision(note("a"), 1)->document.text() == "1");
}

TEST_CASE("Equal content and status make no new revision") {
  FreshStore store;
  done(*store, create("a", R"({"x":1,"y":2})"), "ann", 1);
  const Committed same = done(*store, update("a", R"({"y":2,"x":1})"), "bob", 2);
  CHECK_FALSE(same.changed);
  CHECK(same.resource.current.version == Version{1, 0});
  CHECK(found(*store, "a").updated_at == at(1));
  Update to_draft = update("a", R"({"x":1,"y":2})");
  to_draft.content.status = Status::draft;
  CHECK(done(*store, to_draft).changed);
  CHECK(found(*store, "a").current.version == Version{2, 0});
}

TEST_CASE("An update of nothing, or of a deleted resource, finds nothing") {
  FreshStore store;
  CHECK(refused(*store, update("a", "1")).code == Code::not_found);
  done(*store, create("a", "1"));
  done(*store, Delete{note("a"), {}});
  CHECK(refused(*store, update("a", "2")).code == Code::not_found);
}

TEST_CASE("An update with a precondition takes place on that version alone") {
  FreshStore store;
  done(*store, create("a", "1"));
  done(*store, update("a", "2", {Version{1, 0}}));
  const base::Error error = refused(*store, update("a", "3", {Version{1, 0}}));
  CHECK(error.code == Code::precondition_failed);
  CHECK_THAT(error.message, Catch::Contains("note 'a'") && Catch::Contains("1") && Catch::Contains("2"));
  CHECK(refused(*store, update("a", "3", {Version{2, 1}})).code == Code::precondition_failed);
  CHECK(found(*store, "a").current.document.text() == "2");
}

TEST_CASE("An update made from an older version is made anew from the current resource, inside the transaction") {
  FreshStore store;
  done(*store, create("a", "1"));
  Update stale = update("a", "10");
  stale.base = Version{1, 0};
  int called = 0;
  stale.rebase = [&](const model::Resource& current) -> base::Result<Content> {
    ++called;
    CHECK(current.current.document.text() == "2");
    return Content{Status::stable, doc("20")};
  };
  SECTION("when another version is current") {
    done(*store, update("a", "2"));
    CHECK(done(*store, stale).resource.current.document.text() == "20");
    CHECK(called == 1);
    CHECK(found(*store, "a").current.parent == 2);
  }
  SECTION("but not when it is still the current one") {
    CHECK(done(*store, stale).resource.current.document.text() == "10");
    CHECK(called == 0);
  }
  SECTION("and its error fails the unit") {
    done(*store, update("a", "2"));
    stale.rebase = [](const model::Resource&) -> base::Result<Content> {
      return base::Error{Code::invalid_document, "no"};
    };
    CHECK(refused(*store, stale) == base::Error{Code::invalid_document, "no"});
    CHECK(found(*store, "a").current.document.text() == "2");
  }
  SECTION("without a way to do that, it is a conflict") {
    done(*store, update("a", "2"));
    stale.rebase = nullptr;
    CHECK(refused(*store, stale).code == Code::conflict);
  }
  SECTION("and with a precondition, that alone decides") {
    done(*store, update("a", "2"));
    stale.expected.version = Version{1, 0};
    CHECK(refused(*store, stale).code == Code::precondition_failed);
    stale.expected.version = Version{2, 0};
    CHECK(done(*store, stale).resource.current.document.text() == "10");
    CHECK(called == 0);
  }
}

TEST_CASE("A draft is modified in place") {
  FreshStore store;
  done(*store, create("a", "1", Status::draft), "ann", 1);
  const Modify edit{note("a"), {Version{1, 0}}, {Status::draft, doc("2")}};
  const Committed edited = done(*store, edit, "bob", 5);
  REQUIRE(edited.previous.has_value());
  CHECK(edited.previous->current.document.text() == "1");
  const model::Resource now = found(*store, "a");
  CHECK(now.current.version == Version{1, 1});
  CHECK(now.current.document.text() == "2");
  CHECK(now.current.created_at == at(1));
  CHECK(now.current.created_by == "ann");
  CHECK(now.current.updated_at == at(5));
  CHECK(now.current.updated_by == "bob");
  CHECK(now.updated_at == at(5));
  CHECK(store->list_revisions(note("a"), 0, 10)->size() == 1);
  CHECK(refused(*store, edit).code == Code::precondition_failed);
  CHECK_FALSE(done(*store, Modify{note("a"), {}, {Status::draft, doc("2")}}).changed);
}

TEST_CASE("A modify may make the draft stable, and a stable revision is not modified") {
  FreshStore store;
  done(*store, create("a", "1", Status::draft));
  done(*store, Modify{note("a"), {}, {Status::stable, doc("2")}});
  CHECK(found(*store, "a").current.status == Status::stable);
  CHECK(refused(*store, Modify{note("a"), {}, {Status::draft, doc("3")}}).code == Code::conflict);
  CHECK(refused(*store, Modify{note("b"), {}, {Status::draft, doc("3")}}).code == Code::not_found);
}

TEST_CASE("Of a thousand concurrent conditional updates, those acknowledged are as many as there are new revisions") {
  FreshStore store;
  done(*store, create("a", "0"));
  constexpr int threads = 8, attempts = 125;
  std::atomic<int> acknowledged = 0, refusals = 0;
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; i < attempts; ++i) {
        const Version seen = store->get(note("a"))->current.version;
        const auto result = commit(*store, unit({Update{note("a"), {seen}, {Status::stable, model::Document::trusted(std::to_string(t * attempts + i + 1))}}}));
        if (result) ++acknowledged;
        else if (result.error().error.code == Code::precondition_failed) ++refusals;
      }
    });
  for (std::thread& writer : writers) writer.join();
  CHECK(acknowledged + refusals == threads * attempts);
  const auto revisions = store->list_revisions(note("a"), 0, 10'000);
  std::set<std::uint64_t> numbers;
  for (const model::Revision& revision : *revisions) numbers.insert(revision.version.revision);
  CHECK(numbers.size() == static_cast<std::size_t>(acknowledged) + 1);
  CHECK(*numbers.rbegin() == static_cast<std::uint64_t>(acknowledged) + 1);
}

}  // namespace backplane::store::testing
