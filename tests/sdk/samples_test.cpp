#include <backplane/testing.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "library.hpp"
#include "support/catch.hpp"

using namespace backplane::sdk;
using sdk_test::Library;
using testing::Given;
using testing::TestHost;

namespace {

struct Directory {
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "backplane-sdk-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::vector<nlohmann::json> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("title_check rejects a blank or missing title before create, update, modify and patch") {
  Library library("title_check");
  TestHost host(library.entry());
  for (const Action action : {Action::create, Action::update, Action::modify, Action::patch}) {
    for (const auto& input : {nlohmann::json{{"title", ""}}, nlohmann::json{{"title", " \t\n"}},
                              nlohmann::json{{"title", 7}}, nlohmann::json::object()}) {
      const auto fired = host.fire(Phase::before, action, Given().input(input));
      CHECK(fired.rejected);
      CHECK(fired.reason == "title.blank");
      CHECK(fired.message == "title must not be empty");
      CHECK(fired.details["field"] == "title");
      CHECK(fired.faults.empty());
    }
  }
}

TEST_CASE("title_check trims white space and leaves the rest alone") {
  Library library("title_check");
  TestHost host(library.entry());
  const auto trimmed =
      host.fire(Phase::before, Action::create, Given().input({{"title", " Green tea\n"}, {"pages", 3}}));
  CHECK(trimmed.document == nlohmann::json{{"title", "Green tea"}, {"pages", 3}});
  CHECK_FALSE(host.fire(Phase::before, Action::create, Given().input({{"title", "Tea"}})).changed);
  CHECK(host.fire(Phase::before, Action::remove).called.empty());
}

TEST_CASE("title_check looks at the resource types of its configuration only") {
  Library library("title_check");
  TestHost host(library.entry(), {{"types", {"note", "task"}}});
  CHECK(host.fire(Phase::before, Action::create, Given().type("task").input(nlohmann::json::object())).rejected);
  CHECK(host.fire(Phase::before, Action::create, Given().type("user").input(nlohmann::json::object())).called.empty());
}

TEST_CASE("audit_log writes one line for each mutation, with the changes by JSON Pointer") {
  Directory directory;
  Library library("audit_log");
  TestHost host(library.entry(), {{"path", (directory.path / "audit.ndjson").string()}});
  host.run(Action::create, Given().id("n1").actor("ann").tenant("acme").revision(1).input({{"title", "Tea"}}));
  host.run(Action::update,
           Given().id("n1").actor("bob").revision(2).previous({{"title", "Tea"}}).input({{"title", "Coffee"}}));
  host.run(Action::remove, Given().id("n1").previous({{"title", "Coffee"}}).result({{"title", "Coffee"}}));
  host.run(Action::get, Given().id("n1"));
  const auto lines = lines_of(directory.path / "audit.ndjson");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["time"] == "2024-05-01T12:00:00.000000Z");
  CHECK(lines[0]["operation_id"].get<std::string>().size() == 36);
  CHECK(lines[0]["actor"] == "ann");
  CHECK(lines[0]["tenant"] == "acme");
  CHECK(lines[0]["action"] == "create");
  CHECK(lines[0]["type"] == "note");
  CHECK(lines[0]["id"] == "n1");
  CHECK(lines[0]["revision"] == 1);
  CHECK(lines[0]["outcome"] == "succeeded");
  CHECK(lines[0]["changes"] == nlohmann::json::parse(R"({"/title":{"new":"Tea"}})"));
  CHECK(lines[1]["changes"] == nlohmann::json::parse(R"({"/title":{"old":"Tea","new":"Coffee"}})"));
  CHECK(lines[2]["action"] == "delete");
  CHECK(lines[2]["changes"] == nlohmann::json::object());
}

TEST_CASE("audit_log writes one line for each attempt that was denied, rejected or failed") {
  Directory directory;
  Library library("audit_log");
  TestHost host(library.entry(), {{"path", (directory.path / "audit.ndjson").string()}});
  host.run(Action::create, Given().denied(Error(Status::denied, "ann may not create notes")));
  host.run(Action::create,
           Given().error(Error(Status::rejected, "title must not be empty", "title.blank", {}, "title-check")));
  host.run(Action::get, Given().denied(Error(Status::denied, "ann may not read notes")));
  const auto lines = lines_of(directory.path / "audit.ndjson");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["outcome"] == "failed");
  CHECK(lines[0]["error"] == "denied");
  CHECK(lines[1]["error"] == "rejected");
  CHECK(lines[1]["reason"] == "title.blank");
  CHECK(lines[1]["plugin"] == "title-check");
  CHECK(lines[1]["message"] == "title must not be empty");
  CHECK(lines[2]["action"] == "get");
}

TEST_CASE("audit_log keeps its lines whole when several threads write") {
  Directory directory;
  Library library("audit_log");
  TestHost host(library.entry(), {{"path", (directory.path / "audit.ndjson").string()}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&host] {
      for (int i = 0; i < 100; ++i)
        host.fire(Phase::on_success, Action::create, Given().result({{"text", std::string(500, 'x')}}));
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(lines_of(directory.path / "audit.ndjson").size() == 400);
}

TEST_CASE("audit_log reports a line that cannot be written as a fault, and a file that cannot be opened at once") {
  Library library("audit_log");
  CHECK_THROWS_WITH(TestHost(library.entry(), {{"path", "/no/such/folder/audit.ndjson"}}),
                    "/no/such/folder/audit.ndjson: cannot open for appending: No such file or directory");
  TestHost host(library.entry(), {{"path", "/dev/full"}});
  const auto fired = host.fire(Phase::on_success, Action::create);
  REQUIRE(fired.faults.size() == 1);
  CHECK(fired.faults[0].message == "/dev/full: cannot append: No space left on device");
}

TEST_CASE("failure_log logs every failed operation and no other") {
  Library library("failure_log");
  TestHost host(library.entry());
  host.run(Action::create, Given().input(nlohmann::json::object()));
  host.run(Action::get, Given().id("n1").actor("ann").error(Error(Status::not_found, "note n1: not found")));
  const auto lines = host.logged();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].level == LogLevel::warning);
  const std::string prefix = "operation failed ";
  REQUIRE(lines[0].message.rfind(prefix, 0) == 0);
  const auto line = nlohmann::json::parse(lines[0].message.substr(prefix.size()));
  CHECK(line["action"] == "get");
  CHECK(line["actor"] == "ann");
  CHECK(line["id"] == "n1");
  CHECK(line["error"] == "not_found");
  CHECK(line["message"] == "note n1: not found");
}

TEST_CASE("call_counter logs each nth operation of an action, counted over threads, and the sum when it stops") {
  Library library("call_counter");
  TestHost host(library.entry(), {{"report_every", 100}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&host] {
      for (int i = 0; i < 50; ++i) host.fire(Phase::after, Action::get);
    });
  }
  for (auto& thread : threads) thread.join();
  host.fire(Phase::after, Action::create);
  host.stop();
  const auto lines = host.logged();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].message == "100 operations of action get");
  CHECK(lines[1].message == "200 operations of action get");
  CHECK(lines[2].message == "201 operations in all");
}

TEST_CASE("event_audit writes one line for each event, with its envelope and its payload") {
  Directory directory;
  Library library("event_audit");
  TestHost host(library.entry(), {{"path", (directory.path / "events.ndjson").string()}});
  const auto given = testing::GivenEvent().event_id("e1").actor("ann").tenant("acme").key("b7").correlation_id("c1");
  host.publish("booking.cancelled", {{"reason", "rain"}}, given);
  host.publish("tick", nlohmann::json::object(), testing::GivenEvent().in_memory());
  CHECK(lines_of(directory.path / "events.ndjson").empty());
  CHECK(host.run_background().size() == 2);
  const auto lines = lines_of(directory.path / "events.ndjson");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == nlohmann::json{{"time", "2024-05-01T12:00:00.000000Z"},
                                   {"event_id", "e1"},
                                   {"event_type", "booking.cancelled"},
                                   {"position", 1},
                                   {"source", "test"},
                                   {"actor", "ann"},
                                   {"tenant", "acme"},
                                   {"key", "b7"},
                                   {"correlation_id", "c1"},
                                   {"causation_id", ""},
                                   {"payload", {{"reason", "rain"}}}});
  CHECK(lines[1]["position"] == 0);
  CHECK(lines[1]["payload"] == nlohmann::json::object());
}

TEST_CASE("event_audit reports a line that cannot be written as a fault, and a file that cannot be opened at once") {
  Library library("event_audit");
  CHECK_THROWS_WITH(TestHost(library.entry(), {{"path", "/no/such/folder/events.ndjson"}}),
                    "/no/such/folder/events.ndjson: cannot open for appending");
  TestHost host(library.entry(), {{"path", "/dev/full"}});
  host.publish("tick");
  const auto deliveries = host.run_background();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].outcome == testing::Delivered::fault);
  CHECK(deliveries[0].message == "/dev/full: cannot append");
}
