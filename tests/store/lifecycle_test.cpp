#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;
using model::Status;
using model::Version;

TEST_CASE("A deleted resource is returned as deleted, until it is restored") {
  FreshStore store;
  done(*store, create("a", "1"), "ann", 1);
  const Committed removed = done(*store, Delete{note("a"), {Version{1, 0}}}, "bob", 2);
  CHECK(removed.resource.deleted);
  CHECK_FALSE(removed.previous->deleted);
  model::Resource now = found(*store, "a");
  CHECK(now.deleted);
  CHECK(now.updated_at == at(2));
  CHECK(now.updated_by == "bob");
  CHECK(now.current.version == Version{1, 0});
  CHECK(now.current.updated_at == at(1));
  CHECK(refused(*store, Delete{note("a"), {}}).code == Code::not_found);

  const Committed restored = done(*store, Restore{note("a"), {Version{1, 0}}}, "cyd", 3);
  CHECK_FALSE(restored.resource.deleted);
  CHECK(restored.previous->deleted);
  now = found(*store, "a");
  CHECK_FALSE(now.deleted);
  CHECK(now.updated_by == "cyd");
  CHECK(now.current.document.text() == "1");
}

TEST_CASE("Delete and restore refuse what they cannot do") {
  FreshStore store;
  CHECK(refused(*store, Delete{note("a"), {}}).code == Code::not_found);
  CHECK(refused(*store, Restore{note("a"), {}}).code == Code::not_found);
  done(*store, create("a", "1"));
  CHECK(refused(*store, Restore{note("a"), {}}).code == Code::conflict);
  CHECK(refused(*store, Delete{note("a"), {Version{2, 0}}}).code == Code::precondition_failed);
}

TEST_CASE("A purge removes the resource, deleted or not, with its revisions, and empties the answers about it") {
  FreshStore store;
  UnitOfWork first = unit({create("a", "1"), create("b", "1")});
  first.idempotency = Idempotency{{"acme", "ann", "k"}, "f", [](const auto&) { return "answer"; }};
  REQUIRE(commit(*store, std::move(first)).has_value());
  done(*store, update("b", "2"));
  if (GENERATE(true, false)) done(*store, Delete{note("b"), {}});
  CHECK(refused(*store, Purge{note("b"), {Version{1, 0}}}).code == Code::precondition_failed);
  const Committed purged = done(*store, Purge{note("b"), {Version{2, 0}}});
  CHECK(purged.resource.current.document.text() == "2");
  CHECK(store->get(note("b")).error().code == Code::not_found);
  CHECK(store->get_revision(note("b"), 1).error().code == Code::not_found);
  CHECK((*store->stored_answer({"acme", "ann", "k"}))->answer.empty());
  CHECK(refused(*store, Purge{note("b"), {}}).code == Code::not_found);
  CHECK(found(*store, "a").current.document.text() == "1");

  done(*store, create("b", "3"));
  CHECK(found(*store, "b").current.version == Version{1, 0});
  CHECK(store->list_revisions(note("b"), 0, 10)->size() == 1);
}

TEST_CASE("A switch makes an older revision current, and the next update branches from it") {
  FreshStore store;
  done(*store, create("a", "1"), "ann", 1);
  done(*store, update("a", "2"), "ann", 2);
  done(*store, update("a", "3"), "ann", 3);
  const Committed switched = done(*store, Switch{note("a"), {Version{3, 0}}, 1}, "bob", 4);
  CHECK(switched.previous->current.version == Version{3, 0});
  model::Resource now = found(*store, "a");
  CHECK(now.current.version == Version{1, 0});
  CHECK(now.current.document.text() == "1");
  CHECK(now.current.created_at == at(1));
  CHECK(now.updated_at == at(4));
  CHECK(now.updated_by == "bob");
  CHECK(store->get_revision(note("a"), 3)->document.text() == "3");
  CHECK(store->get_revision(note("a"), 1)->document.text() == "1");

  done(*store, update("a", "4"));
  now = found(*store, "a");
  CHECK(now.current.version == Version{4, 0});
  CHECK(now.current.parent == 1);
  CHECK(store->list_revisions(note("a"), 0, 10)->size() == 4);
}

TEST_CASE("A switch refuses what is not there, and leaves the current revision as it is") {
  FreshStore store;
  CHECK(refused(*store, Switch{note("a"), {}, 1}).code == Code::not_found);
  done(*store, create("a", "1"));
  CHECK(refused(*store, Switch{note("a"), {}, 2}).code == Code::not_found);
  CHECK(refused(*store, Switch{note("a"), {Version{2, 0}}, 1}).code == Code::precondition_failed);
  CHECK_FALSE(done(*store, Switch{note("a"), {}, 1}).changed);
  done(*store, Delete{note("a"), {}});
  CHECK(refused(*store, Switch{note("a"), {}, 1}).code == Code::not_found);
}

namespace {

// Everything of a resource, as a dump reads it.
Scanned whole(Store& store, const std::string& id) {
  Scanned result;
  REQUIRE(store.scan("acme", "note", "", [&](const Scanned& scanned) {
    if (scanned.resource.key.id == id) result = scanned;
    return true;
  }).has_value());
  REQUIRE(result.resource.key.id == id);
  return result;
}

std::vector<std::string> texts(const Scanned& scanned) {
  std::vector<std::string> all{to_text(scanned.resource)};
  for (const model::Revision& revision : scanned.revisions)
    all.push_back(to_text(revision, false) + std::string(revision.document.text()));
  return all;
}

}  // namespace

TEST_CASE("A resource is loaded with its whole history as it was scanned") {
  FreshStore from, to;
  done(*from, create("a", "1", Status::draft), "ann", 1);
  done(*from, Modify{note("a"), {}, {Status::draft, doc("2")}}, "bob", 2);
  done(*from, update("a", "3"), "cyd", 3);
  done(*from, Switch{note("a"), {}, 1}, "dan", 4);
  done(*from, Delete{note("a"), {}}, "eve", 5);
  const Scanned dumped = whole(*from, "a");
  CHECK(dumped.revisions.size() == 1);
  const Committed loaded = done(*to, Load{dumped.resource, dumped.revisions});
  CHECK(loaded.changed);
  CHECK_FALSE(loaded.previous.has_value());
  CHECK(texts(whole(*to, "a")) == texts(dumped));
  done(*to, Restore{note("a"), {}});
  CHECK(done(*to, update("a", "4")).resource.current.version == Version{3, 0});
}

TEST_CASE("A load meets an id that is taken as it was told to") {
  FreshStore store;
  done(*store, create("a", "1"));
  done(*store, update("a", "2"));
  model::Resource other = found(*store, "a");
  other.current.version = {7, 0};
  other.current.document = doc("7");
  CHECK(refused(*store, Load{other, {}, OnConflict::fail}).code == Code::already_exists);
  CHECK_FALSE(done(*store, Load{other, {}, OnConflict::skip}).changed);
  CHECK(found(*store, "a").current.document.text() == "2");
  const Committed over = done(*store, Load{other, {}, OnConflict::overwrite});
  CHECK(over.previous->current.document.text() == "2");
  CHECK(found(*store, "a").current.version == Version{7, 0});
  CHECK(store->list_revisions(note("a"), 0, 10)->size() == 1);
}

TEST_CASE("A load with a revision twice, or numbered 0, is refused") {
  FreshStore store;
  done(*store, create("b", "1"));
  model::Resource resource = found(*store, "b");
  resource.key = note("a");
  CHECK(refused(*store, Load{resource, {resource.current}}).code == Code::invalid_argument);
  model::Revision zero = resource.current;
  zero.version.revision = 0;
  CHECK(refused(*store, Load{resource, {zero}}).code == Code::invalid_argument);
  CHECK(store->get(note("a")).error().code == Code::not_found);
}

}  // namespace backplane::store::testing
