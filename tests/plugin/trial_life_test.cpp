#include "plugin/trial_life.hpp"

#include <chrono>

#include "plugin/private_copy.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace backplane;
using backplane::tests::content_of;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;
using namespace std::chrono_literals;

namespace {

struct Tried {
  base::Result<void> result;
  std::string recorded;  // what the plugin wrote to its config's `record`
};

Tried tried(const std::string& name, std::chrono::milliseconds deadline = 20s) {
  const TemporaryDirectory directory;
  const auto run_directory = directory / "run";
  REQUIRE(plugin::prepare_run_directory(run_directory));
  manifest::PluginSettings settings;
  settings.id = "tried";
  settings.library = settings.library_path = fixture(name);
  settings.config = model::Document::from(base::Json{{"record", (directory / "record").string()}});
  auto result = plugin::trial_life(settings, {run_directory, BACKPLANE_PROBE, deadline});
  CHECK_FALSE(std::filesystem::exists(run_directory / "tried.part.json"));
  return {std::move(result), content_of(directory / "record")};
}

// The message after "plugin 'tried': step <step>: <file>: ", which it must begin with.
std::string why(const std::string& name, const std::string& step, std::chrono::milliseconds deadline = 20s) {
  const auto outcome = tried(name, deadline);
  if (outcome.result) FAIL(name << " was found good");
  const base::Error& error = outcome.result.error();
  CHECK(error.code == base::Code::plugin_fault);
  CHECK(error.plugin == "tried");
  const std::string place = "plugin 'tried': step " + step + ": " + fixture(name).string() + ": ";
  INFO(error.message);
  REQUIRE(error.message.starts_with(place));
  return error.message.substr(place.size());
}

}  // namespace

TEST_CASE("a good plugin is created with its config, started, stopped and destroyed") {
  const auto outcome = tried("good");
  if (!outcome.result) FAIL(outcome.result.error().message);
  CHECK(outcome.recorded == "create\nstart\nstop\ndestroy\n");
}

TEST_CASE("a create, start or stop that fails is told with its step, its file and the plugin's own words") {
  CHECK(why("create_fails", "create").find("returned") == std::string::npos);
  CHECK_FALSE(why("create_fails", "create").empty());
  CHECK_FALSE(why("start_fails", "start").empty());
  CHECK(why("create_garbage", "create") == "returned -559038737");
}

TEST_CASE("an exception out of create, start or stop is told with its step and its text") {
  CHECK(why("create_throws", "create").starts_with("threw an exception: "));
  CHECK(why("start_throws", "start") == "threw an exception: the queue is gone");
  CHECK(why("stop_throws", "stop") == "threw an exception: cannot flush");
}

TEST_CASE("a create, start, stop or destroy that never returns is told with its step") {
  const std::string busy = "wanted it to return, found the process still busy after 1000 ms";
  CHECK(why("create_hangs", "create", 1s).starts_with(busy));
  CHECK(why("start_hangs", "start", 1s).starts_with(busy));
  CHECK(why("stop_hangs", "stop", 1s).starts_with(busy));
  CHECK(why("destroy_hangs", "destroy", 1s).starts_with(busy));
}

TEST_CASE("a destroy that crashes is told with its step and its signal") {
  CHECK(why("destroy_crashes", "destroy").starts_with("wanted it to return, found the process killed by SIGSEGV"));
}

TEST_CASE("what a plugin asks resources for is answered unavailable") {
  const auto outcome = tried("own_thread");
  if (!outcome.result) FAIL(outcome.result.error().message);
  CHECK(outcome.recorded == "create 13\nget 13 0\nstop\ndestroy\n");
}

TEST_CASE("a probe that cannot run is no fault of the plugin's") {
  const TemporaryDirectory directory;
  manifest::PluginSettings settings;
  settings.id = "tried";
  settings.library = settings.library_path = fixture("good");
  for (const char* probe : {"/no/such/probe", "/bin/true"}) {
    const auto result = plugin::trial_life(settings, {directory / "", probe});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == base::Code::unavailable);
  }
}
