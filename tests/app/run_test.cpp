// `backplane run`: the program itself, as a service manager starts and stops it.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "app/program_process.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using namespace std::chrono_literals;

namespace {

const std::string fixture_folder = BACKPLANE_FIXTURES;

}  // namespace

TEST_CASE("run serves, tells where, and a SIGTERM or SIGINT ends it with 0") {
  const Place place("plugins:\n  - { id: good, library: " + fixture_folder +
                    "/good.so, grants: { hooks: { \"*\": [full] } } }\n");
  const int number = GENERATE(SIGTERM, SIGINT);
  Process host(place.run(), place.output());
  const std::string url = place.await_url(host);
  const auto created = run_program({"resource", "create", "note", "{}", "--id", "x", "--url", url});
  INFO(created.err);
  CHECK(created.code == app::ExitCode::done);
  CHECK(run_program({"plugin", "list", "--url", url}).out.find("good") != std::string::npos);
  CHECK(run_program({"plugin", "explain", "create", "note", "--url", url}).out.starts_with("PHASE "));
  host.signal(number);
  CHECK(host.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(place.ready()));
  const std::string output = text_of(place.output());
  CHECK(output.find("serving " + url + "\n") != std::string::npos);
  CHECK(output.find("plugin good ") != std::string::npos);
}

TEST_CASE("run keeps its data where --data-dir says") {
  const Place place;
  auto arguments = place.run();
  arguments.insert(arguments.end(), {"--data-dir", place.folder.path() / "elsewhere"});
  Process host(arguments, place.output());
  place.await_url(host);
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
  CHECK(std::filesystem::exists(place.folder.path() / "elsewhere" / "backplane.db"));
  CHECK_FALSE(std::filesystem::exists(place.folder.path() / "data"));
}

TEST_CASE("what was written is there after a restart") {
  const Place place;
  for (const auto& arguments : {std::vector<std::string>{"resource", "create", "note", "{\"a\":1}", "--id", "x"},
                                std::vector<std::string>{"resource", "get", "note", "x"}}) {
    Process host(place.run(), place.output());
    auto typed = arguments;
    typed.insert(typed.end(), {"--url", place.await_url(host)});
    CHECK(run_program(typed).out.find("\"data\":{\"a\":1}") != std::string::npos);
    host.signal(SIGTERM);
    CHECK(host.wait() == 0);
  }
}

TEST_CASE("a dump of one host loads into another") {
  const Place one;
  const Place other;
  const std::string file = one.folder.path() / "all.dump";
  Process first(one.run(), one.output());
  Process second(other.run(), other.output());
  const std::string from = one.await_url(first);
  const std::string to = other.await_url(second);
  CHECK(run_program({"resource", "create", "note", "{\"a\":1}", "--id", "x", "--url", from}).code == app::ExitCode::done);
  CHECK(run_program({"resource", "update", "note", "x", "{\"a\":2}", "--url", from}).code == app::ExitCode::done);
  CHECK(run_program({"dump", "-o", file, "--url", from}).code == app::ExitCode::done);
  const auto loaded = run_program({"load", file, "--url", to});
  CHECK(loaded.err.empty());
  CHECK(loaded.out == "{\"resources\":1,\"revisions\":2,\"loaded\":1,\"skipped\":0}\n");
  CHECK(run_program({"resource", "get", "note", "x", "--url", to}).out == run_program({"resource", "get", "note", "x", "--url", from}).out);
  CHECK(run_program({"load", file, "--url", to}).code == app::ExitCode::conflict);
}

TEST_CASE("a wrong manifest, address or plugin is exit code 78 or 2, and nothing serves") {
  const Place place("plugins:\n  - { id: bad, library: " + fixture_folder + "/no_entry.so }\n");
  {
    Process host(place.run(), place.output());
    CHECK(host.wait() == 78);
    CHECK(text_of(place.output()).find("plugin 'bad': step file: ") != std::string::npos);
  }
  Process public_address({"run", place.manifest(), "--http", "0.0.0.0:0"}, place.output());
  CHECK(public_address.wait() == 2);
  CHECK(text_of(place.output()).find("--http: ") != std::string::npos);
  write_text(place.manifest(), "version: two\nplugin: []\n");
  Process wrong(place.run(), place.output());
  CHECK(wrong.wait() == 78);
  CHECK(text_of(place.output()).find("problems\n") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(place.ready()));
}

TEST_CASE("a port or a store that another host has is exit code 1: trying again may help") {
  const Place place;
  Process first(place.run(), place.output());
  const std::string url = place.await_url(first);
  Process same_store({"run", place.manifest(), "--http", "127.0.0.1:0"}, place.folder.path() / "second");
  CHECK(same_store.wait() == 1);
  Process same_port({"run", place.manifest(), "--http", url.substr(7), "--data-dir", place.folder.path() / "other"}, place.folder.path() / "third");
  CHECK(same_port.wait() == 1);
}

TEST_CASE("a second signal ends the program at once, a plugin that never stops included") {
  const Place place("plugins:\n  - { id: stuck, library: " + fixture_folder +
                    "/stop_hangs.so, grants: { hooks: { \"*\": [full] } } }\n");
  const int number = GENERATE(SIGTERM, SIGINT);
  Process host(place.run(), place.output());
  place.await_url(host);
  host.signal(SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (std::filesystem::exists(place.ready()) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  host.signal(number);
  CHECK(host.wait() == 128 + number);
}

TEST_CASE("a plugin that never stops costs exit code 1 and is told, and the program ends") {
  const Place place("drain: 100ms\nplugins:\n  - { id: stuck, library: " + fixture_folder +
                    "/stop_hangs.so, grants: { hooks: { \"*\": [full] } } }\n");
  Process host(place.run(), place.output());
  place.await_url(host);
  host.signal(SIGTERM);
  CHECK(host.wait() == 1);
  CHECK(text_of(place.output()).find("1 threads did not come back from a plugin") != std::string::npos);
}
