// Which operations and events are rehearsed, and in which order.
#include "app/rehearsal_script.hpp"

#include "support/catch.hpp"

namespace backplane::test {
namespace {

using app::script_of;
using base::Json;

Json create_of(const std::string& time, const std::string& id = {}) {
  Json json{{"time", time},   {"action", "create"}, {"actor", "ann"},
            {"type", "note"}, {"body", "{}"},       {"answer", Json::object()}};
  if (!id.empty()) json["id"] = id;
  return json;
}

Json event_of(const std::string& time, const std::string& type, const std::string& source = "http") {
  return {{"event_id", "e-" + type},
          {"event_type", type},
          {"timestamp", time},
          {"source", source},
          {"payload", {{"a", 1}}}};
}

std::vector<std::string> names_in(const base::Result<std::vector<app::Step>>& script) {
  REQUIRE(script);
  std::vector<std::string> names;
  for (const app::Step& step : *script) names.push_back(name_of(step));
  return names;
}

const Json two_creations =
    Json::array({create_of("2026-01-01T00:00:01Z", "x"), create_of("2026-01-01T00:00:03Z", "y")});

}  // namespace

TEST_CASE("operations and events are rehearsed in the order of their times") {
  const Json events = Json::array(
      {event_of("2026-01-01T00:00:02Z", "order.paid"), event_of("2026-01-01T00:00:04Z", "order.sent", "shop")});
  const auto script = script_of(two_creations, events, {.plugin = "p"}, 100);
  CHECK(names_in(script) == std::vector<std::string>{"create note/x by ann", "event order.paid from http",
                                                     "create note/y by ann", "event order.sent from shop"});
  CHECK(std::get<model::Event>(script->at(1).what).payload.json() == Json{{"a", 1}});
  CHECK(names_in(script_of(two_creations, events, {.plugin = "p"}, 2)) ==
        std::vector<std::string>{"create note/y by ann", "event order.sent from shop"});
}

TEST_CASE("events that the host and the plugins of the rehearsal publish are left to them") {
  const Json events = Json::array({event_of("2026-01-01T00:00:02Z", "resource.created", "host"),
                                   event_of("2026-01-01T00:00:02Z", "own", "plugin:p"),
                                   event_of("2026-01-01T00:00:02Z", "others", "plugin:q")});
  CHECK(names_in(script_of(Json::array(), events, {.plugin = "p"}, 100)) ==
        std::vector<std::string>{"event others from plugin:q"});
  CHECK(names_in(script_of(Json::array(), events, {.plugin = "p", .others = true}, 100)).empty());
}

TEST_CASE("an event with an old time comes after the first operation") {
  const Json events = Json::array({event_of("1999-01-01T00:00:00Z", "old")});
  CHECK(names_in(script_of(two_creations, events, {.plugin = "p"}, 100)) ==
        std::vector<std::string>{"create note/x by ann", "event old from http", "create note/y by ann"});
}

TEST_CASE("a create that was refused before it had an id has one id for all builds") {
  const auto script = script_of(Json::array({create_of("2026-01-01T00:00:01Z")}), Json::array(), {.plugin = "p"}, 100);
  REQUIRE(script);
  CHECK(std::get<operation::Recorded>(script->at(0).what).request.id.size() == 36);
}

TEST_CASE("what no host writes is no script") {
  CHECK_FALSE(script_of("text", Json::array(), {.plugin = "p"}, 100));
  CHECK_FALSE(script_of(Json::array({1}), Json::array(), {.plugin = "p"}, 100));
  CHECK_FALSE(script_of(Json::array(), Json::array({event_of("yesterday", "a")}), {.plugin = "p"}, 100));
}

}  // namespace backplane::test
