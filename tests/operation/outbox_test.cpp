// The events of operations: in the log with what they tell of, or not at all.
#include <algorithm>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using model::Action;

namespace {

std::vector<model::Event> logged(Rig& rig) {
  std::vector<model::Event> found;
  REQUIRE(rig.store().events().read_events({}, [&](const model::Event& event) {
    found.push_back(event);
    return true;
  }));
  return found;
}

std::vector<std::string> types_of(const std::vector<model::Event>& events) {
  std::vector<std::string> types;
  for (const model::Event& event : events) types.push_back(event.type);
  return types;
}

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("every write that changes something has its event in the log, with the operation as its cause") {
  Rig rig;
  const auto created = rig.create("n1", R"({"title":"one"})");
  REQUIRE(created.answer);
  REQUIRE(rig.update("n1", R"({"title":"two","priority":1})").answer);
  REQUIRE(rig.update("n1", R"({"title":"two","priority":1})").answer);  // changes nothing
  operation::Request back = request(Action::switch_to, "n1");
  back.revision = 1;
  REQUIRE(rig.run(back).answer);
  REQUIRE(rig.act(Action::remove, "n1").answer);
  REQUIRE(rig.act(Action::restore, "n1").answer);
  const auto events = logged(rig);
  CHECK(types_of(events) == Types{"resource.created", "resource.updated", "resource.switched", "resource.deleted", "resource.restored"});
  CHECK(events[0].payload.json() == base::Json{{"resource", "note"}, {"item_id", "n1"}});
  CHECK(events[0].causation_id == created.operation_id);
  CHECK(events[0].actor == "ann");
  CHECK(events[0].key == "n1");
  CHECK(events[1].payload.json()["changes"] ==
        base::Json{{"/title", {{"old", "one"}, {"new", "two"}}}, {"/priority", {{"new", 1}}}});
}

TEST_CASE("a purge empties the payloads of its resource's events and leaves their envelopes") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"secret"})").answer);
  REQUIRE(rig.update("n1", R"({"title":"secret too"})").answer);
  REQUIRE(rig.act(Action::purge, "n1").answer);
  const auto events = logged(rig);
  REQUIRE(types_of(events) == Types{"resource.created", "resource.updated", "resource.purged"});
  CHECK(events[1].payload.text() == "{}");
  CHECK(events[1].key == "n1");
  CHECK(events[2].payload.json() == base::Json{{"resource", "note"}, {"item_id", "n1"}});
}

TEST_CASE("an operation that fails leaves no event of its own and none that was enlisted") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")})});
  REQUIRE(rig.create("n1", R"({"title":"one","note_it":true})").answer);
  CHECK_FALSE(rig.create("n1", R"({"title":"two","note_it":true})").answer);
  CHECK(types_of(logged(rig)) == Types{"resource.created", "note.noted"});
  CHECK(rig.recorded() == Types{"a resource.created n1 1", "a note.noted n1 1"});
}

TEST_CASE("a dry run publishes nothing") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync")})});
  operation::Request dry = request(Action::create, "n1", R"({"note_it":true})");
  dry.mode = operation::Mode::dry_run;
  REQUIRE(rig.run(dry).answer);
  CHECK(logged(rig).empty());
  CHECK(rig.recorded().empty());
}

TEST_CASE("a repeat with the same idempotency key publishes nothing again") {
  Rig rig;
  operation::Request one = request(Action::create, "n1", "{}");
  one.idempotency_key = "k";
  REQUIRE(rig.run(one).answer);
  REQUIRE(rig.run(one).answer);
  CHECK(types_of(logged(rig)) == Types{"resource.created"});
}

TEST_CASE("without an event log the events of operations are delivered all the same, and kept nowhere") {
  Rig rig({}, {}, Log::none);
  rig.load({subscriber(rig, {subscription("a", "*", "sync"), subscription("b", "note.noted", "background")})});
  REQUIRE(rig.create("n1", R"({"note_it":true})").answer);
  REQUIRE(eventually([&] { return rig.recorded().size() == 3; }));
  auto lines = rig.recorded();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Types{"a note.noted n1 1", "a resource.created n1 1", "b note.noted n1 1"});
  CHECK(logged(rig).empty());
}
