#include <filesystem>

#include "app/place.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using app::ExitCode;

namespace {

const std::string fixtures = BACKPLANE_FIXTURES;

}  // namespace

TEST_CASE("plugin inspect tells what a file says, without running it") {
  const auto text = run_program({"plugin", "inspect", fixtures + "/good.so"});
  INFO(text.err);
  CHECK(text.code == ExitCode::done);
  CHECK(text.out.find("exports      backplane_plugin_1\n") != std::string::npos);
  CHECK(text.out.starts_with("id           "));
  const auto keeps = run_program({"plugin", "inspect", fixtures + "/counting_v1.so"});
  CHECK(keeps.out.find("state        schema 1\nreload       gate\nunload       park\n") != std::string::npos);
  const auto json = run_program({"plugin", "inspect", fixtures + "/good.so", "--json"});
  CHECK(json.out.find("\"exports\":[\"backplane_plugin_1\"]") != std::string::npos);
  CHECK(run_program({"plugin", "inspect", fixtures + "/constructor_crashes.so"}).code == ExitCode::done);
}

TEST_CASE("plugin inspect tells what a plugin requires of its host, and plugin check refuses what this one does not offer") {
  const std::string file = fixtures + "/requires_more.so";
  const auto text = run_program({"plugin", "inspect", file});
  CHECK(text.code == ExitCode::done);
  CHECK(text.out.find("\nrequires     backplane.events/1, backplane.blobs/1, abi/1.9\n") != std::string::npos);
  const auto json = run_program({"plugin", "inspect", file, "--json"});
  CHECK(json.out.find("\"requires\":[\"backplane.events/1\",\"backplane.blobs/1\",\"abi/1.9\"]") != std::string::npos);
  const auto refused = run_program({"plugin", "check", file});
  INFO(refused.err);
  CHECK(refused.code == ExitCode::configuration);
  CHECK(refused.err.find(": step abi: " + file + ": wanted a host that offers what the plugin's metadata requires, found one without "
                         "\"backplane.blobs/1\", \"abi/1.9\"; it offers abi/1.0, ") != std::string::npos);
  CHECK(run_program({"plugin", "check", fixtures + "/requires_events.so"}).code == ExitCode::done);
}

TEST_CASE("plugin inspect refuses what is no plugin") {
  const auto none = run_program({"plugin", "inspect", "/nonexistent.so"});
  CHECK(none.code == ExitCode::configuration);
  CHECK(none.err.starts_with("/nonexistent.so: "));
  CHECK(run_program({"plugin", "inspect", "/etc/passwd"}).code == ExitCode::configuration);
  CHECK(run_program({"plugin", "inspect", fixtures + "/no_note.so"}).code == ExitCode::configuration);
}

TEST_CASE("plugin check finds what a host would find, and survives it") {
  const auto good = run_program({"plugin", "check", fixtures + "/good.so"});
  INFO(good.err);
  CHECK(good.code == ExitCode::done);
  CHECK(good.out.find(" is good: ") != std::string::npos);
  for (const char* name : {"constructor_crashes", "entry_null", "extra_exports", "unique_symbols", "missing_symbol", "wrong_note"}) {
    const auto bad = run_program({"plugin", "check", fixtures + "/" + name + ".so"});
    INFO(name << ": " << bad.err);
    CHECK(bad.code == ExitCode::configuration);
    CHECK(bad.err.find(std::string(name) + ".so: ") != std::string::npos);
  }
}

TEST_CASE("plugin check leads a plugin through its life, and tells the step and the file that went wrong") {
  for (const auto& [name, step] : std::vector<std::pair<std::string, std::string>>{{"create_fails", "create"},
                                                                                   {"create_throws", "create"},
                                                                                   {"counting_state_short", "create"},
                                                                                   {"start_hangs", "start"},
                                                                                   {"stop_throws", "stop"},
                                                                                   {"destroy_crashes", "destroy"}}) {
    const auto bad = run_program({"plugin", "check", fixtures + "/" + name + ".so", "--deadline", "2"});
    INFO(name << ": " << bad.err);
    CHECK(bad.code == ExitCode::configuration);
    CHECK(bad.err.find(": step " + step + ": " + fixtures + "/" + name + ".so: ") != std::string::npos);
    CHECK(bad.out.empty());
  }
}

TEST_CASE("plugin check gives a plugin its config, once that satisfies the plugin's own schema") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string record = folder->path() / "record";
  const auto good = run_program({"plugin", "check", fixtures + "/good.so", "--config", "{\"record\":\"" + record + "\"}"});
  INFO(good.err);
  CHECK(good.code == ExitCode::done);
  CHECK(good.out.find("entry, create, start, stop, destroy\n") != std::string::npos);
  CHECK(text_of(record) == "create\nstart\nstop\ndestroy\n");
  std::filesystem::remove(record);
  const auto wrong = run_program({"plugin", "check", fixtures + "/good.so", "--config", "{\"record\":3}"});
  CHECK(wrong.code == ExitCode::configuration);
  CHECK(wrong.err.find(": step config: ") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(record));
}

TEST_CASE("check tells everything that is wrong with the manifest") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string manifest = folder->path() / "backplane.yaml";
  write_text(manifest, "version: 1\nhttp: { lisen: 127.0.0.1:1 }\nresources:\n  - type: Note\n");
  const auto text = run_program({"check", manifest});
  CHECK(text.code == ExitCode::configuration);
  CHECK(text.err.find(manifest + ":2:9: http.lisen: ") != std::string::npos);
  CHECK(text.err.find(manifest + ":4:11: resources[0].type: ") != std::string::npos);
  CHECK(text.err.ends_with("backplane: 2 problems\n"));
  const auto json = run_program({"check", manifest, "--json"});
  CHECK(json.code == ExitCode::configuration);
  CHECK(json.err.starts_with("{\"code\":\"configuration\",\"problems\":[{"));
}

TEST_CASE("check opens every plugin and tells all that fail at once") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string manifest = folder->path() / "backplane.yaml";
  const auto entry = [](const std::string& id, const std::string& name) {
    return "  - { id: " + id + ", library: " + fixtures + "/" + name + ".so, grants: { hooks: { \"*\": [full] } } }\n";
  };
  write_text(manifest, "version: 1\nresources: [{ type: note }]\nplugins:\n" + entry("good", "good"));
  const auto good = run_program({"check", manifest});
  INFO(good.err);
  CHECK(good.code == ExitCode::done);
  CHECK(good.out.starts_with(manifest + ": no problems\nplugin good "));

  write_text(manifest, "version: 1\nresources: [{ type: note }]\nplugins:\n" + entry("good", "good") + entry("first", "no_entry") +
                           entry("second", "entry_crashes"));
  const auto bad = run_program({"check", manifest});
  CHECK(bad.code == ExitCode::configuration);
  CHECK(bad.err.find(manifest + ":5:") != std::string::npos);
  CHECK(bad.err.find("plugin 'first': step file: ") != std::string::npos);
  CHECK(bad.err.find("plugin 'second': step trial: ") != std::string::npos);
  CHECK(bad.err.ends_with("backplane: 2 problems\n"));
}

TEST_CASE("check starts nothing: no data folder appears") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string manifest = folder->path() / "backplane.yaml";
  write_text(manifest, "version: 1\ndata_dir: ./data\nresources: [{ type: note }]\n");
  CHECK(run_program({"check", manifest}).code == ExitCode::done);
  CHECK_FALSE(std::filesystem::exists(folder->path() / "data"));
}

TEST_CASE("a manifest that is not there is a configuration error") {
  CHECK(run_program({"check", "/nonexistent/backplane.yaml"}).code == ExitCode::configuration);
}

TEST_CASE("manifest schema is JSON, manifest reference is Markdown") {
  CHECK(run_program({"manifest", "schema"}).out.starts_with("{"));
  CHECK(run_program({"manifest", "reference"}).out.find("data_dir") != std::string::npos);
}

TEST_CASE("plugin new makes a folder with the plugin's names in it") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string dir = folder->path() / "made";
  const auto result = run_program({"plugin", "new", "price-check", "--dir", dir});
  INFO(result.err);
  CHECK(result.code == ExitCode::done);
  CHECK(result.out.find("  plugin.cpp\n") != std::string::npos);
  CHECK(text_of(dir + "/CMakeLists.txt").find("backplane_add_plugin(price_check SOURCES plugin.cpp)") != std::string::npos);
  CHECK(text_of(dir + "/plugin.cpp").find("class PriceCheckPlugin") != std::string::npos);
  CHECK(text_of(dir + "/plugin.cpp").find("\"id\": \"price-check\"") != std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir))
    CHECK(text_of(entry.path()).find("@PLUGIN_") == std::string::npos);
}

TEST_CASE("plugin new overwrites nothing and refuses a name that is none") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  write_text(folder->path() / "mine", "");
  const auto taken = run_program({"plugin", "new", "price-check", "--dir", folder->path()});
  CHECK(taken.code == ExitCode::conflict);
  CHECK(run_program({"plugin", "new", "Price Check", "--dir", folder->path() / "new"}).code == ExitCode::usage);
  CHECK_FALSE(std::filesystem::exists(folder->path() / "new"));
}
