// What a reload, and the host's end, make of a generation with a thread inside that was given up: one of its lifecycle
// calls, after which nothing of it is called any more, or a handler, which may come back.
#include <nlohmann/json.hpp>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

using namespace std::chrono_literals;

const std::string brief = "reload: { drain: 300ms, stop: 300ms }";

// The build <hangs>_hangs runs, with a note counted that is in the state on disk and one that is not; a reload found out
// that it hangs.
class Hung {
 public:
  explicit Hung(const std::string& hangs) : build(hangs + "_hangs"), rig("v1", brief), hangs_(hangs) {
    rig.create();
    rig.install(build);
    REQUIRE_FALSE(rig.reload().error);
    CHECK(rig.create()["counts"]["before"] == 2);
    rig.install("v2");
    const app::ReloadReport report = rig.reload();
    REQUIRE(report.error);
    CAPTURE(report.error->message);
    CHECK(holds(report.error->message, "step " + hangs + ": did not return within 300ms"));
    CHECK(holds(report.error->message, "generation 2 is not called any more"));
  }
  ~Hung() { come_back(); }
  Hung(const Hung&) = delete;
  Hung& operator=(const Hung&) = delete;

  void come_back() { CHECK(rig.gate().open_until([&] { return rig.times_recorded(hangs_ + " released") == 1; })); }

  // Nothing but the one call of stop(), and of save() where that is what hangs.
  void check_left_alone() const {
    CHECK(rig.times_recorded("start " + build) == 1);
    CHECK(rig.times_recorded("stop " + build) == 1);
    CHECK(rig.times_recorded("save " + build) == (hangs_ == "save" ? 1 : 0));
    CHECK(rig.times_recorded("destroy " + build) == 0);
    for (const std::string& line : rig.recorded()) CHECK_FALSE(line.starts_with(build + " "));
  }

  const std::string build;
  ReloadRig rig;

 private:
  const std::string hangs_;
};

}  // namespace

TEST_CASE("a generation whose stop or save does not return in time is not called any more, also when it came back") {
  for (const char* const hangs : {"stop", "save"}) {
    CAPTURE(hangs);
    Hung hung(hangs);
    const auto is_refused = [&] {
      const auto outcome = hung.rig.run(create_request("{}"));
      return !outcome.answer && outcome.answer.error().code == base::Code::unavailable;
    };
    CHECK(is_refused());
    hung.rig.publish("e1");
    hung.come_back();
    CHECK(is_refused());
    hung.rig.publish("e2");
    hung.check_left_alone();
  }
}

TEST_CASE("the next reload puts a new generation in the place of one that hung, with the state that was saved last") {
  for (const char* const hangs : {"stop", "save"})
    for (const bool is_back : {false, true}) {
      CAPTURE(hangs, is_back);
      Hung hung(hangs);
      hung.rig.publish("e1");
      if (is_back) hung.come_back();
      const app::ReloadReport report = hung.rig.reload();
      if (report.error) FAIL(report.error->message);
      CHECK(report.plugins.at(0).course.old_code == "parked: a thread is still inside");
      CHECK(holds(app::to_json(report, false)["plugins"][0].value("state", ""), "what was saved last"));
      const auto note = hung.rig.create();
      CHECK(note["build"] == "v2");
      CHECK(note["counts"]["before"] == 2);  // v1's, and this one
      CHECK(eventually([&] { return hung.rig.times_recorded("v2 durable e1") == 1; }));
      hung.check_left_alone();
      hung.rig.install("v3");
      REQUIRE_FALSE(hung.rig.reload().error);
      CHECK(hung.rig.create()["counts"]["before"] == 3);
    }
}

TEST_CASE("where nothing was saved before, the generation after one that hung begins without a state, and that is said") {
  ReloadRig rig("save_hangs", brief);
  rig.create();
  rig.install("v2");
  REQUIRE(rig.reload().error);
  const app::ReloadReport report = rig.reload();
  REQUIRE_FALSE(report.error);
  CHECK(holds(app::to_json(report, false)["plugins"][0].value("state", ""), "none"));
  CHECK(rig.create()["counts"]["before"] == 1);
  CHECK(rig.gate().open_until([&] { return rig.times_recorded("save released") == 1; }));
}

TEST_CASE("a generation that hangs when it is started again has given its state: the next reload takes it up") {
  ReloadRig rig("start_again_hangs", brief);
  rig.create();
  rig.install("start_fails");
  const app::ReloadReport failed = rig.reload();
  REQUIRE(failed.error);
  CHECK(holds(failed.error->message, "generation 1 did not start again and is not called any more"));
  CHECK(rig.run(create_request("{}")).answer.error().code == base::Code::unavailable);
  rig.install("v2");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.create()["counts"]["before"] == 2);
  CHECK(rig.times_recorded("stop start_again_hangs") == 1);
  CHECK(rig.times_recorded("save start_again_hangs") == 1);
  CHECK(rig.gate().open_until([&] { return rig.times_recorded("start again released") == 1; }));
}

TEST_CASE("a host that ends asks nothing of a generation that hung, and counts its thread") {
  for (const char* const hangs : {"stop", "save"})
    for (const bool is_replaced : {false, true}) {
      CAPTURE(hangs, is_replaced);
      Hung hung(hangs);
      if (is_replaced) REQUIRE_FALSE(hung.rig.reload().error);
      CHECK(hung.rig.host().stop().stuck_threads == 1);
      hung.check_left_alone();
    }
}

TEST_CASE("a handler that was given up holds up the reload of a plugin with state, until it returns") {
  ReloadRig rig("v1", brief + "\noperations: { deadline: 500ms }");
  CHECK(rig.run(create_request(R"({"wait":true})")).answer.error().code == base::Code::timeout);
  rig.install("v2");
  const app::ReloadReport report = rig.reload();
  REQUIRE(report.error);
  CHECK(holds(report.error->message, "step stop: a thread is inside that was given up"));
  CHECK(holds(report.error->message, "generation 1 goes on as it is"));
  CHECK(rig.build() == "v1");
  CHECK(rig.times_recorded("start v1") == 1);
  CHECK(rig.times_recorded("stop v1") == 0);
  CHECK(rig.gate().open_until([&] {
    return base::Json::parse(rig.host().plugins())[0]["calls"]["stuck_threads"] == 0;
  }));
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.create()["counts"]["before"] == 3);
}

}  // namespace backplane::tests
