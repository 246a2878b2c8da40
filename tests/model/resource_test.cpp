#include "model/resource.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::model;
using namespace std::chrono_literals;

namespace {

Resource a_note() {
  Resource resource;
  resource.key = {"", "note", "n1"};
  resource.created_at = base::UtcTime(1s);
  resource.created_by = "ann";
  resource.updated_at = base::UtcTime(2s);
  resource.updated_by = "bob \"b\"";
  resource.current.version = {3, 0};
  resource.current.parent = 2;
  resource.current.created_at = base::UtcTime(2s);
  resource.current.created_by = "bob";
  resource.current.updated_at = base::UtcTime(2s);
  resource.current.updated_by = "bob";
  resource.current.document = Document::trusted(R"({"z":1.50,"a":"x"})");
  return resource;
}

}  // namespace

TEST_CASE("a resource is answered with its facts and its document as it was written") {
  CHECK(to_text(a_note()) ==
        R"({"type":"note","id":"n1","revision":3,"status":"stable","created_at":"1970-01-01T00:00:01.000000Z","created_by":"ann",)"
        R"("updated_at":"1970-01-01T00:00:02.000000Z","updated_by":"bob \"b\"","deleted":false,"data":{"z":1.50,"a":"x"}})");
}

TEST_CASE("an edited draft tells its edit, after the revision") {
  Resource draft = a_note();
  draft.current.version.edit = 2;
  draft.current.status = Status::draft;
  draft.deleted = true;
  const std::string text = to_text(draft);
  CHECK(text.find(R"("revision":3,"edit":2,"status":"draft")") != std::string::npos);
  CHECK(base::parse_json(text)->at("deleted") == true);
}

TEST_CASE("a revision tells its parent and whether it is current") {
  const Resource note = a_note();
  CHECK(to_text(note.current, true) ==
        R"({"revision":3,"parent":2,"status":"stable","created_at":"1970-01-01T00:00:02.000000Z","created_by":"bob",)"
        R"("updated_at":"1970-01-01T00:00:02.000000Z","updated_by":"bob","current":true})");
  Revision first = note.current;
  first.version = {1, 4};
  first.parent = 0;
  CHECK(to_text(first, false).starts_with(R"({"revision":1,"edit":4,"parent":0,)"));
}

TEST_CASE("a version as text reads back as the same") {
  for (const Version version : {Version{1, 0}, Version{3, 2}, Version{18446744073709551615u, 1}}) CHECK(version_from(to_string(version)) == version);
  CHECK(to_string(Version{3, 0}) == "3");
  CHECK(to_string(Version{3, 2}) == "3.2");
}

TEST_CASE("what is not a version is none") {
  for (const char* wrong : {"", "0", "-1", "+1", "1.", "1.0", ".1", "1.2.3", "1 ", " 1", "1x", "1.2x", "18446744073709551616", "1.18446744073709551616"}) {
    INFO(wrong);
    CHECK_FALSE(version_from(wrong).has_value());
  }
}

TEST_CASE("every status has a name that leads back to it") {
  for (const Status status : {Status::stable, Status::draft}) CHECK(status_named(name_of(status)) == status);
  CHECK_FALSE(status_named("Draft").has_value());
}
