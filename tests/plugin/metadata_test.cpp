#include "plugin/metadata.hpp"

#include "plugin/elf_file.hpp"
#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using backplane::base::Code;
using backplane::base::Json;
using backplane::plugin::parse_metadata;
using backplane::plugin::Switchover;
using backplane::plugin::Threading;
using backplane::plugin::Unload;
namespace actions = backplane::model::actions;

namespace {

std::string note(const std::string& metadata) { return R"({"abi":"1.0","metadata":)" + metadata + "}"; }

std::string metadata_error(const std::string& text) {
  const auto metadata = parse_metadata(text);
  return metadata ? "" : metadata.error().message;
}

// The error about one member, beside what is required.
std::string error_about(const std::string& member) {
  return metadata_error(note(R"({"id":"a","version":"1.0.0",)" + member + "}"));
}

}  // namespace

TEST_CASE("metadata is read with everything that it may hold") {
  const auto metadata = parse_metadata(note(R"({
    "id": "audit-log", "version": "2.1.0-rc.1", "description": "Writes an audit log.", "license": "MIT", "homepage": "https://example.org",
    "hooks": [{"phases": ["before", "on_failure"], "actions": ["create", "lifecycle"], "types": ["note", "*"]}],
    "events": {"publish": ["audit.*"], "subscribe": ["order.>"]},
    "grants": {"resources": {"note": ["read"], "*": ["create"]}, "publish": ["audit.>"]},
    "requires": ["backplane.events/1", "abi/1.2"],
    "config_schema": {"type": "object", "required": ["path"]},
    "threading": "serial", "state_schema": 3, "overlap": false, "unload": "close"})"));
  REQUIRE(metadata.has_value());
  CHECK(metadata->abi.major == 1);
  CHECK(metadata->abi.minor == 0);
  CHECK(metadata->id == "audit-log");
  CHECK(metadata->version == "2.1.0-rc.1");
  CHECK(metadata->description == "Writes an audit log.");
  CHECK(metadata->license == "MIT");
  REQUIRE(metadata->hooks.size() == 1);
  CHECK(backplane::plugin::phases_to_string(metadata->hooks[0].phases) == "before, on_failure");
  CHECK(metadata->hooks[0].actions == backplane::model::ActionSet{backplane::model::Action::create, actions::lifecycle});
  CHECK(metadata->hooks[0].types == std::vector<std::string>{"note", "*"});
  CHECK(metadata->publish == std::vector<std::string>{"audit.*"});
  CHECK(metadata->subscribe == std::vector<std::string>{"order.>"});
  CHECK(metadata->needs.resources.at("note") == actions::read);
  CHECK(metadata->needs.publish == std::vector<std::string>{"audit.>"});
  CHECK(metadata->requirements == std::vector<std::string>{"backplane.events/1", "abi/1.2"});
  REQUIRE(metadata->config_schema != nullptr);
  CHECK(metadata->config_schema->validate({{"path", "x"}}).has_value());
  CHECK_FALSE(metadata->config_schema->validate(Json::object()).has_value());
  CHECK(metadata->threading == Threading::serial);
  CHECK(metadata->state_schema == 3u);
  CHECK(metadata->switchover == Switchover::gate);
  CHECK(metadata->unload == Unload::close);
  CHECK(metadata->unknown.empty());
}

TEST_CASE("metadata needs no more than an id and a version") {
  const auto metadata = parse_metadata(note(R"({"id":"a","version":"1.0.0"})"));
  REQUIRE(metadata.has_value());
  CHECK(metadata->hooks.empty());
  CHECK(metadata->config_schema == nullptr);
  CHECK(metadata->threading == Threading::concurrent);
  CHECK_FALSE(metadata->state_schema.has_value());
  CHECK(metadata->switchover == Switchover::gate);
  CHECK(metadata->unload == Unload::park);
}

TEST_CASE("a plugin without state may overlap with its next build, one with state may not") {
  const auto stateless = parse_metadata(note(R"({"id":"a","version":"1.0.0","overlap":true,"unload":"park"})"));
  REQUIRE(stateless.has_value());
  CHECK(stateless->switchover == Switchover::overlap);
  CHECK(stateless->unload == Unload::park);
  CHECK(error_about(R"("overlap":true,"state_schema":1)") == "/metadata/overlap: wanted false beside a state_schema, found true");
}

TEST_CASE("members that this host does not know are listed, and no error") {
  const auto metadata = parse_metadata(
      R"({"abi":"1.4","compiler":"x","metadata":{"id":"a","version":"1.0.0","mood":1,"events":{"replay":true},
          "hooks":[{"phases":["before"],"actions":["get"],"types":["*"],"a/b":1}]}})");
  REQUIRE(metadata.has_value());
  CHECK(metadata->abi.minor == 4);
  CHECK(metadata->unknown == std::vector<std::string>{"/metadata/hooks/0/a~1b", "/metadata/events/replay", "/metadata/mood", "/compiler"});
}

TEST_CASE("a note that is not JSON is refused with the place") {
  const auto metadata = parse_metadata("{\"abi\":\"1.0\",\"metadata\":{id: 1}}");
  REQUIRE_FALSE(metadata.has_value());
  CHECK(metadata.error().code == Code::invalid_argument);
  CHECK(metadata.error().message.find("found no JSON: line 1, column 26") != std::string::npos);
  CHECK(metadata_error("[]") == "the note: wanted an object, found an array");
  CHECK(metadata_error("") != "");
}

TEST_CASE("metadata of more than 64 KiB is refused before it is read") {
  const std::string least = note(R"({"id":"a","version":"1.0.0","description":""})");
  const auto of_size = [&](std::size_t size) {
    return note(R"({"id":"a","version":"1.0.0","description":")" + std::string(size - least.size(), 'x') + "\"}");
  };
  CHECK(parse_metadata(of_size(64 << 10)).has_value());
  const auto larger = parse_metadata(of_size((64 << 10) + 1));
  REQUIRE_FALSE(larger.has_value());
  CHECK(larger.error().code == Code::too_large);
  CHECK(larger.error().message == "wanted metadata of at most 64 KiB, found 65537 bytes");
}

TEST_CASE("each wrong member of the metadata is named with what was wanted and found") {
  CHECK(metadata_error(R"({"abi":"one","metadata":{"id":"a","version":"1.0.0"}})") ==
        "/abi: wanted \"<major>.<minor>\", found \"one\"");
  CHECK(metadata_error(R"({"abi":"1.0"})") == "/metadata: wanted an object, found nothing");
  CHECK(metadata_error(note("{}")) ==
        "/metadata/id: wanted a text of [a-z0-9][a-z0-9-]{0,63}, found nothing; "
        "/metadata/version: wanted a semantic version such as \"1.0.0\", found nothing");
  CHECK(metadata_error(note(R"({"id":"a b","version":"1"})")).find("found \"a b\"; /metadata/version") !=
        std::string::npos);
  CHECK(error_about(R"("description":1)") == "/metadata/description: wanted a text, found 1");
  CHECK(error_about(R"("hooks":{})") == "/metadata/hooks: wanted an array, found an object");
  CHECK(error_about(R"("hooks":[1])") == "/metadata/hooks/0: wanted an object with phases, actions and types, found 1");
  CHECK(error_about(R"("hooks":[{"phases":["befor"],"actions":["get"],"types":["*"]}])") ==
        "/metadata/hooks/0/phases/0: wanted one of before, after, on_success, on_failure, found \"befor\"");
  CHECK(error_about(R"("hooks":[{"phases":["before"],"actions":[],"types":["*"]}])") ==
        "/metadata/hooks/0/actions: wanted at least one text, found none");
  CHECK(error_about(R"("hooks":[{"phases":["before"],"actions":["get"]}])") ==
        "/metadata/hooks/0/types: wanted an array of texts, found nothing");
  CHECK(error_about(R"("hooks":[{"phases":["before"],"actions":[2],"types":["*"]}])") ==
        "/metadata/hooks/0/actions/0: wanted a text, found 2");
  CHECK(error_about(R"("hooks":[{"phases":["before"],"actions":["get"],"types":["No"]}])") ==
        "/metadata/hooks/0/types/0: wanted \"*\" or a resource type of [a-z][a-z0-9_-]{0,63}, found \"No\"");
  CHECK(error_about(R"("events":[])") == "/metadata/events: wanted an object, found an array");
  CHECK(error_about(R"("events":{"publish":["a..b"]})") ==
        "/metadata/events/publish/0: wanted an event type or a pattern such as order.paid, order.*, order.> or *, found \"a..b\"");
  CHECK(error_about(R"("grants":{"resources":{"note":["reed"]}})") ==
        "/metadata/grants/resources/note/0: wanted an action or a group of actions (read, write, lifecycle, backup, mutate, full), "
        "found \"reed\"");
  CHECK(error_about(R"("grants":{"resources":[]})") == "/metadata/grants/resources: wanted an object of resource types, found an array");
  CHECK(error_about(R"("requires":"abi/1.0")") == "/metadata/requires: wanted an array of texts, found \"abi/1.0\"");
  CHECK(error_about(R"("requires":{"abi":1})") == "/metadata/requires: wanted an array of texts, found an object");
  CHECK(error_about(R"("requires":[])") == "/metadata/requires: wanted at least one text, found none");
  CHECK(error_about(R"("requires":["abi/1.0",1.0])") == "/metadata/requires/1: wanted a text, found 1.0");
  CHECK(error_about(R"("requires":[""])") == "/metadata/requires/0: wanted a text of 1 to 128 bytes, found \"\"");
  CHECK(error_about(R"("requires":[")" + std::string(128, 'x') + "\"]").empty());
  CHECK(error_about(R"("requires":[")" + std::string(129, 'x') + "\"]").starts_with("/metadata/requires/0: wanted a text of 1 to 128 bytes, found \"xxx"));
  CHECK(error_about(R"("config_schema":7)").find("/metadata/config_schema: not a JSON Schema") == 0);
  CHECK(error_about(R"("threading":"some")") == "/metadata/threading: wanted \"concurrent\" or \"serial\", found \"some\"");
  CHECK(error_about(R"("state_schema":-1)") == "/metadata/state_schema: wanted a whole number, 0 or more, found -1");
  CHECK(error_about(R"("overlap":"yes")") == "/metadata/overlap: wanted true or false, found \"yes\"");
  CHECK(error_about(R"("unload":"never")") == "/metadata/unload: wanted \"park\" or \"close\", found \"never\"");
}

TEST_CASE("everything that is wrong with a plugin's metadata is told at once") {
  const auto elf = backplane::plugin::read_elf(backplane::tests::fixture("wrong_types"));
  REQUIRE(elf.has_value());
  const std::string message = metadata_error(elf->notes.at(0));
  for (const char* const place : {"/id", "/version", "/hooks/0/phases/0", "/hooks/0/actions", "/hooks/0/types", "/events/publish/0",
                                  "/grants/resources/note/0", "/requires", "/config_schema", "/threading", "/state_schema", "/overlap", "/unload"})
    CHECK(message.find("/metadata" + std::string(place) + ":") != std::string::npos);
}

TEST_CASE("of a note for another major version only the version is judged") {
  const auto metadata = parse_metadata(R"({"abi":"2.0","metadata":{"id":"a","version":7,"hooks":"all"}})");
  REQUIRE(metadata.has_value());
  CHECK(metadata->abi.major == 2);
  CHECK(metadata->id == "a");
  CHECK(metadata->version.empty());
}
