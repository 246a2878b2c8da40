// `backplane plugin rehearse`, the program itself against a host that records.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "app/program_process.hpp"
#include "support/catch.hpp"

namespace backplane::test {
namespace {

namespace fs = std::filesystem;

const std::string builds = BACKPLANE_FIXTURES;

struct Said {
  int code;
  std::string text;
  bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
};

// A host with the plugin `counting`, whose file is a copy of its first build.
class Recording {
 public:
  explicit Recording(std::vector<std::string> more = {"--record", "100"}) {
    fs::copy_file(builds + "/counting_v1.so", library());
    auto arguments = place_.run();
    arguments.insert(arguments.end(), more.begin(), more.end());
    host_.emplace(std::move(arguments), place_.output());
    url_ = place_.await_url(*host_);
  }

  Said say(std::vector<std::string> arguments) const {
    const std::string file = place_.folder.path() / "said";
    arguments.insert(arguments.end(), {"--url", url_});
    Process process(std::move(arguments), file);
    const int code = process.wait();
    std::ifstream in(file);
    return {code, {std::istreambuf_iterator<char>(in), {}}};
  }
  void do_all(const std::vector<std::vector<std::string>>& commands) const {
    for (const auto& command : commands) {
      const Said said = say(command);
      INFO(said.text);
      REQUIRE(said.code == 0);
    }
  }
  Said rehearse(const std::string& file, const std::string& plugin = "counting",
                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"plugin", "rehearse", plugin, file, place_.manifest()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return say(std::move(arguments));
  }
  std::string library() const { return place_.folder.path() / "counting.so"; }

 private:
  Place place_{
      "plugins:\n  - id: counting\n    library: ./counting.so\n"
      "    grants: { hooks: { \"*\": [full] }, publish: [\"*\"], subscribe: [\"*\"] }\n"};
  std::optional<Process> host_;
  std::string url_;
};

// A resource from its creation to its end, one that got its id from the host, a read, and an event.
const std::vector<std::vector<std::string>> life_of_a_note{
    {"resource", "create", "note", "{\"a\":1}", "--id", "x"},
    {"resource", "update", "note", "x", "{\"a\":2}"},
    {"resource", "create", "note", "{\"b\":1}"},
    {"resource", "get", "note", "x"},
    {"resource", "delete", "note", "x"},
    {"event", "publish", "counted.once"},
};

}  // namespace

TEST_CASE("a build that answers the same is said to, and is exit code 0") {
  const Recording recording;
  recording.do_all(life_of_a_note);
  const Said said = recording.rehearse(builds + "/counting_v1.so");
  CHECK(said.text == "same: 6, differ: 0\n");
  CHECK(said.code == 0);
}

TEST_CASE("what a new build answers otherwise is told by step and by pointer, and is exit code 1") {
  const Recording recording;
  recording.do_all(life_of_a_note);
  const Said said = recording.rehearse(builds + "/counting_v2.so");
  INFO(said.text);
  CHECK(said.code == 1);
  CHECK(said.text.starts_with("same: 1, differ: 5\n\ncreate note/x by anonymous, "));
  CHECK(said.has("  /answer/data/build: \"v1\" -> \"v2\"\n"));
  CHECK(said.has("\nupdate note/x by anonymous, "));
  CHECK(said.has("  /answer/revision: ") == false);
  const Said last = recording.rehearse(builds + "/counting_v2.so", "counting", {"--last", "2"});
  CHECK(last.text == "same: 2, differ: 0\n");
  const Said json = recording.rehearse(builds + "/counting_v2.so", "counting", {"--json"});
  CHECK(json.code == 1);
  CHECK(json.has("{\"differ\":5,\"differences\":[{\"changes\":{"));
}

TEST_CASE("a subscription that a new build does not have is a difference of the events that it was called for") {
  const Recording recording;
  recording.do_all({{"event", "publish", "counted.once"}});
  const Said said = recording.rehearse(builds + "/counting_fewer.so");
  INFO(said.text);
  CHECK(said.code == 1);
  CHECK(said.has("event counted.once from http, "));
  CHECK(said.has("  /deliveries/counting~1background: {\"delivered\":1,\"failed\":0} -> nothing\n"));
}

TEST_CASE("the running host and its store are left as they are by a rehearsal") {
  const Recording recording;
  recording.do_all({life_of_a_note[0], life_of_a_note[1]});
  const Said before = recording.say({"resource", "get", "note", "x"});
  CHECK(recording.rehearse(builds + "/counting_v2.so").code == 1);
  CHECK(recording.say({"resource", "get", "note", "x"}).text == before.text);
}

TEST_CASE("a build that ends the process is told with the step that it did so in") {
  const Recording recording;
  recording.do_all({life_of_a_note[0], {"event", "publish", "counted.once", "{\"kill\":\"now\"}"}});
  const Said said = recording.rehearse(builds + "/ledger.so");
  INFO(said.text);
  CHECK(said.code == 78);
  CHECK(said.has("the new build: " + builds +
                 "/ledger.so ended the process (signal 6, Aborted) in step 2, event counted.once"));
}

TEST_CASE("a build that does not load is told with its step, and is exit code 78") {
  const Recording recording;
  recording.do_all({life_of_a_note[0]});
  const Said said = recording.rehearse(builds + "/no_entry.so");
  INFO(said.text);
  CHECK(said.code == 78);
  CHECK(said.has("the new build: "));
  CHECK(said.has("plugin 'counting': step file: "));
}

TEST_CASE("what cannot be rehearsed is said") {
  const Recording recording;
  const std::string good = builds + "/counting_v2.so";
  CHECK(recording.rehearse(good).code == 4);
  CHECK(recording.rehearse(good).has("the host has recorded nothing yet"));
  CHECK(recording.rehearse(good, "nobody").code == 4);
  CHECK(recording.rehearse(good, "nobody").has("wanted one of "));
  CHECK(recording.rehearse("/nonexistent.so").code == 2);
  CHECK(recording.rehearse(recording.library()).code == 2);
  CHECK(recording.rehearse(good, "counting", {"--tenant", "acme"}).code == 7);
}

TEST_CASE("a host that does not record says how it is told to") {
  const Recording recording(std::vector<std::string>{});
  const Said said = recording.rehearse(builds + "/counting_v2.so");
  CHECK(said.code == 5);
  CHECK(said.has("--record N or --dev"));
}

TEST_CASE("a host for developers records by itself") {
  const Recording recording({"--dev"});
  recording.do_all({life_of_a_note[0]});
  CHECK(recording.rehearse(builds + "/counting_v1.so").text == "same: 1, differ: 0\n");
}

}  // namespace backplane::test
