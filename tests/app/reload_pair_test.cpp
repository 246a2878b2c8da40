// Plugins that are under way together while they are reloaded: two whose handlers set off operations through each
// other's hooks, and one of which only one handler runs at a time.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/reload_callers.hpp"

namespace backplane::tests {
namespace {

constexpr std::size_t pair_reloads = BACKPLANE_RELOADS / 50;
constexpr std::size_t serial_reloads = BACKPLANE_RELOADS / 10;

// Both hook into notes, and each creates a note before a note that says "nest": through the hooks of both. It writes
// what it records into a file of its own, since the one that comes first sees the other one's build in the note.
class Pair {
 public:
  explicit Pair(ReloadRig& rig) : rig_(rig), library_(rig.library().parent_path() / "second.so") {}

  void install(const std::string& build) const {
    rig_.install(build);
    std::filesystem::copy_file(fixture("counting_" + build), library_.string() + ".part",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(library_.string() + ".part", library_);
  }

  std::string entry() const {
    return "  - id: second\n    library: " + library_.string() + "\n    config: {\"record\":\"" + record().string() +
           "\"}\n    grants: { resources: { note: [read, write] }, hooks: { \"*\": [full] }, subscribe: [\"*\"] }\n";
  }

  std::filesystem::path record() const { return rig_.data_dir().parent_path() / "record_of_second"; }

 private:
  ReloadRig& rig_;
  std::filesystem::path library_;
};

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++times;
  return times;
}

}  // namespace

TEST_CASE("plugins whose handlers reach each other are reloaded at once: none waits for ever, none is seen mixed") {
  ReloadRig rig("close");
  const Pair pair(rig);
  pair.install("close");
  rig.write_manifest("", "", pair.entry());
  REQUIRE_FALSE(rig.reload().error);
  std::vector<std::string> failed;
  {
    ReloadCallers callers(rig, 4, 8, R"({"nest":2})");
    for (std::size_t i = 0; i < pair_reloads && failed.empty(); ++i) {
      pair.install(i % 2 == 0 ? "close_2" : "close");
      const app::ReloadReport report = rig.reload();
      if (report.error) failed.push_back(report.error->message);
      if (report.plugins.size() != 2) failed.push_back("wanted both reloaded, found " + to_json(report, false).dump());
      const std::size_t answered = callers.answered();
      if (!eventually([&] { return callers.answered() > answered + 4; })) failed.emplace_back("nobody is answered");
    }
    callers.end();
    CHECK(failed.empty());
    CHECK(callers.refused().empty());

    // Each operation went through the hooks of both, once: those that callers asked for, and those that handlers did.
    const std::string of_first = content_of(rig.data_dir().parent_path() / "record");
    const std::string of_second = content_of(pair.record());
    const std::size_t nested = times_in(of_second, "nested 0\n");
    CHECK(nested > 0);
    CHECK(times_in(of_first, "nested 0\n") == nested);
    CHECK(times_in(of_first + of_second, "nested ") == 2 * nested);
    CHECK_FALSE(holds(of_second, "mixed"));
    const std::size_t all = callers.notes().size() + 2 * nested;
    CHECK(rig.create()["counts"]["before"] == all + 1);
    rig.write_manifest("");
    REQUIRE_FALSE(rig.reload().error);
    CHECK(rig.create()["counts"]["before"] == all + 2);
  }
}

TEST_CASE("a serial plugin is reloaded beside callers who wait for their turn, and each is handled once") {
  ReloadRig rig("close");
  rig.write_manifest("", "    threading: serial");
  const app::ReloadReport made_serial = rig.reload();
  REQUIRE_FALSE(made_serial.error);
  CHECK(made_serial.plugins.at(0).reasons == std::vector<std::string>{"threading"});
  CHECK(holds(rig.host().plugins(), "\"serial\""));
  std::vector<std::string> failed;
  ReloadCallers callers(rig, 4, 8, R"({"nest":1})");
  for (std::size_t i = 0; i < serial_reloads && failed.empty(); ++i) {
    rig.install(i % 2 == 0 ? "close_2" : "close");
    if (const app::ReloadReport report = rig.reload(); report.error) failed.push_back(report.error->message);
  }
  callers.end();
  CHECK(failed.empty());
  CHECK(callers.refused().empty());
  std::vector<std::uint64_t> counts;
  for (const base::Json& note : callers.notes()) counts.push_back(note["counts"]["before"].get<std::uint64_t>());
  std::sort(counts.begin(), counts.end());
  CHECK(std::adjacent_find(counts.begin(), counts.end()) == counts.end());
  const std::string record = content_of(rig.data_dir().parent_path() / "record");
  const std::size_t nested = times_in(record, "nested 0\n");
  CHECK(times_in(record, "nested ") == nested);
  CHECK_FALSE(holds(record, "mixed"));
  const auto total = rig.create()["counts"];
  CHECK(total["before"] == counts.size() + nested + 1);
  CHECK(total["loads"] == serial_reloads + 1);
}

}  // namespace backplane::tests
