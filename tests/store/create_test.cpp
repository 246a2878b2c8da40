#include "store/fresh_store.hpp"

namespace backplane::store::testing {

using base::Code;
using model::Status;
using model::Version;

TEST_CASE("A created resource is its first revision, made by the unit's actor at its time") {
  FreshStore store;
  const Committed made = done(*store, create("a", R"({"title":"x"})", Status::draft), "bob", 7);
  CHECK(made.changed);
  CHECK_FALSE(made.previous.has_value());
  for (const model::Resource& resource : {made.resource, found(*store, "a")}) {
    CHECK(resource.key == note("a"));
    CHECK_FALSE(resource.deleted);
    CHECK(resource.created_at == at(7));
    CHECK(resource.created_by == "bob");
    CHECK(resource.updated_at == at(7));
    CHECK(resource.updated_by == "bob");
    CHECK(resource.current.version == Version{1, 0});
    CHECK(resource.current.parent == 0);
    CHECK(resource.current.status == Status::draft);
    CHECK(resource.current.created_at == at(7));
    CHECK(resource.current.created_by == "bob");
    CHECK(resource.current.updated_at == at(7));
    CHECK(resource.current.updated_by == "bob");
    CHECK(resource.current.document.text() == R"({"title":"x"})");
  }
}

TEST_CASE("A document is kept byte by byte") {
  FreshStore store;
  for (const std::string text : {R"({"b":1.50,"a":1e3})", R"("ä\u00e4\"\\")", "[]", "null", "18446744073709551615", R"({"":{"":[]}})"}) {
    const std::string id = "d" + std::to_string(std::hash<std::string>{}(text));
    done(*store, create(id, text));
    CHECK(found(*store, id).current.document.text() == text);
  }
  const std::string large = '"' + std::string(300'000, 'x') + '"';
  done(*store, create("large", large));
  CHECK(found(*store, "large").current.document.text() == large);
}

TEST_CASE("An id that is taken is not created again, and what is there stays") {
  FreshStore store;
  done(*store, create("a", "1"));
  CHECK(refused(*store, create("a", "2")).code == Code::already_exists);
  CHECK(found(*store, "a").current.document.text() == "1");
}

TEST_CASE("An id that a deleted resource has is taken") {
  FreshStore store;
  done(*store, create("a", "1"));
  done(*store, Delete{note("a"), {}});
  CHECK(refused(*store, create("a", "2")).code == Code::already_exists);
}

TEST_CASE("One id can be there for each tenant and each type") {
  FreshStore store;
  done(*store, create("a", "1"));
  done(*store, Create{{"", "note", "a"}, Status::stable, doc("2")});
  done(*store, Create{{"acme", "task", "a"}, Status::stable, doc("3")});
  done(*store, Create{{"acme", "undeclared", "a"}, Status::stable, doc("4")});
  CHECK(found(*store, "a").current.document.text() == "1");
  CHECK(store->get({"", "note", "a"})->current.document.text() == "2");
  CHECK(store->get({"acme", "task", "a"})->current.document.text() == "3");
  CHECK(store->get({"acme", "undeclared", "a"})->current.document.text() == "4");
}

TEST_CASE("What was committed is there after the store was closed and opened again") {
  FreshStore store;
  done(*store, create("a", R"({"title":"kept"})"));
  store.reopen();
  CHECK(found(*store, "a").current.document.text() == R"({"title":"kept"})");
}

TEST_CASE("Nothing is found where nothing was made") {
  FreshStore store;
  CHECK(store->get(note("a")).error().code == Code::not_found);
  CHECK(store->get({"acme", "never-heard-of", "a"}).error().code == Code::not_found);
  CHECK(store->get_revision(note("a"), 1).error().code == Code::not_found);
  CHECK(store->list_revisions(note("a"), 0, 10).error().code == Code::not_found);
}

}  // namespace backplane::store::testing
