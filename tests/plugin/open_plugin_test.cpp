#include "plugin/open_plugin.hpp"

#include <backplane/backplane.h>
#include <elf.h>

#include <cstring>

#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using namespace backplane::plugin;
using backplane::base::Code;
using backplane::base::Error;
using backplane::manifest::PluginSettings;
using backplane::tests::content_of;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;
using namespace std::chrono_literals;

namespace {

// A run directory, and a plugin's settings as a manifest would make them.
class Place {
 public:
  Place() { REQUIRE(prepare_run_directory(places.run_directory).has_value()); }

  static PluginSettings settings(const std::filesystem::path& file, const std::string& id = "tried") {
    PluginSettings made;
    made.id = id;
    made.library = file.stem().string();
    made.library_path = file;
    return made;
  }

  backplane::base::Result<OpenedPlugin> open(const PluginSettings& wanted) const { return open_plugin({&wanted, 1}, places); }

  // The error of opening it, after which nothing may be left.
  Error error_of(const PluginSettings& wanted) const {
    const auto opened = open(wanted);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().plugin == wanted.id);
    CHECK(std::filesystem::is_empty(places.run_directory));
    return opened.error();
  }
  Error error_of(const std::filesystem::path& file) const { return error_of(settings(file)); }

  TemporaryDirectory directory;
  OpenPlaces places{directory / "run", BACKPLANE_PROBE, 20s};
};

bool begins(const Error& error, const std::filesystem::path& file, std::string_view step, std::string_view rest = "") {
  INFO(error.message);
  const std::string wanted = "plugin 'tried': step " + std::string(step) + ": " + file.string() + ": " + std::string(rest);
  CHECK(error.message.substr(0, wanted.size()) == wanted);
  return error.message.starts_with(wanted);
}

bool fails_at(const Place& place, std::string_view name, std::string_view step, std::string_view rest) {
  return begins(place.error_of(fixture(name)), fixture(name), step, rest);
}

}  // namespace

TEST_CASE("a good plugin is opened with its metadata and its table") {
  const Place place;
  const auto opened = place.open(Place::settings(fixture("good"), "good"));
  REQUIRE(opened.has_value());
  CHECK(opened->metadata.id == "good");
  CHECK(opened->metadata.version == "1.2.3");
  CHECK(opened->table->create != nullptr);
  CHECK(opened->remarks.empty());
  CHECK(opened->library.file().parent_path() == place.places.run_directory);
}

TEST_CASE("a plugin that was made for a newer minor version opens, and that is remarked") {
  const Place place;
  const auto opened = place.open(Place::settings(fixture("newer_minor")));
  REQUIRE(opened.has_value());
  REQUIRE(opened->remarks.size() == 3);
  CHECK(opened->remarks[0] == "built for ABI 1.7, newer than this host's 1.0: what was added since is absent here");
  CHECK(opened->remarks[1] == "the library calls itself 'newer-minor'");
  CHECK(opened->remarks[2] == "its metadata has the member /metadata/mood, unknown to this host");
}

TEST_CASE("a table that is larger than known, with anything behind it, is taken") {
  const Place place;
  CHECK(place.open(Place::settings(fixture("table_garbage_tail"))).has_value());
}

TEST_CASE("step copy: a library that is not there is told") {
  const Place place;
  CHECK(begins(place.error_of(place.directory / "gone.so"), place.directory / "gone.so", "copy", "wanted a file to read, found: "));
  CHECK(begins(place.error_of(place.directory.path()), place.directory.path(), "copy", "wanted a shared library, found a directory"));
  PluginSettings unfound = Place::settings("");
  unfound.library = "audit_log";
  CHECK(place.error_of(unfound).message == "plugin 'tried': step copy: audit_log: wanted a library of that name, found none");
}

TEST_CASE("step file: what is no whole library for this machine is told") {
  const Place place;
  const std::string good = content_of(fixture("good"));
  const auto text = place.directory.write("text.so", "#!/bin/sh\n");
  CHECK(begins(place.error_of(text), text, "file", "wanted a shared library (ELF), found a file of another kind"));
  const auto cut = place.directory.write("cut.so", good.substr(0, good.size() / 2));
  CHECK(begins(place.error_of(cut), cut, "file", "cut off or damaged: "));
  std::string foreign = good;
  foreign[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
  const auto other = place.directory.write("foreign.so", foreign);
  CHECK(begins(place.error_of(other), other, "file", "wanted a library for "));
}

TEST_CASE("step file: an entry that is missing or of another major version is told") {
  const Place place;
  CHECK(fails_at(place, "no_entry", "file", "wanted the entry backplane_plugin_1 of ABI 1, found none"));
  CHECK(fails_at(place, "wrong_entry_major", "file", "wanted the entry backplane_plugin_1 of ABI 1, found backplane_plugin_2"));
}

TEST_CASE("step file: further exports are told with the remedy") {
  const Place place;
  CHECK(fails_at(place, "extra_exports", "file",
                 "wanted backplane_plugin_1 as the only export, found 1 more (extra_exports_answer): other libraries may clash with "
                 "them; build it with the SDK's backplane_add_plugin(), or compile with -fvisibility=hidden"));
}

#if !defined(__clang__)
TEST_CASE("step file: symbols of which there is one for the whole process are told with the remedy") {
  const Place place;
  const auto error = place.error_of(fixture("unique_symbols"));
  CHECK(error.message.find("wanted no STB_GNU_UNIQUE symbol, found ") != std::string::npos);
  CHECK(error.message.find("compile with -fno-gnu-unique (GCC)") != std::string::npos);
}
#endif

TEST_CASE("step metadata: a note that is missing, no JSON or wrong is told") {
  const Place place;
  CHECK(fails_at(place, "no_note", "metadata", "wanted one note of owner \"backplane\" (BP_PLUGIN_METADATA at file scope), found none"));
  CHECK(fails_at(place, "wrong_note", "metadata", "wanted a JSON object written by BP_PLUGIN_METADATA, found no JSON: line 1"));
  CHECK(fails_at(place, "wrong_types", "metadata", "/metadata/id: wanted a text of [a-z0-9][a-z0-9-]{0,63}, found \"Wrong Types\"; "));
}

TEST_CASE("step metadata: a note of more than 64 KiB is told") {
  const Place place;
  CHECK(fails_at(place, "large_note", "metadata", "wanted metadata of at most 64 KiB, found "));
}

TEST_CASE("step abi: a plugin for another major version is told") {
  const Place place;
  CHECK(fails_at(place, "wrong_abi", "abi", "wanted a plugin for ABI 1.x, found one for ABI 2.0 (it needs a newer host)"));
}

TEST_CASE("step abi: a plugin that requires what this host does not offer is told before any of its code runs") {
  const Place place;
  CHECK(fails_at(place, "requires_more", "abi",
                 "wanted a host that offers what the plugin's metadata requires, found one without \"backplane.blobs/1\", \"abi/1.9\"; "
                 "it offers abi/1.0, backplane.events/1, backplane.state/1"));
  CHECK(place.open(Place::settings(fixture("requires_events"))).has_value());
}

TEST_CASE("step grants: a plugin that needs more than the manifest grants is told with what to add") {
  const Place place;
  const auto file = fixture("needs_grants");
  CHECK(begins(place.error_of(file), file, "grants",
               "wanted every grant that the plugin's metadata says it needs, found some missing; add to the plugin's grants: "
               "resources: { \"*\": [update] }, resources: { note: [create, get] }"));
  PluginSettings granted = Place::settings(file);
  granted.grants.resources = {{"*", backplane::model::actions::full}};
  CHECK(place.open(granted).has_value());
}

TEST_CASE("step config: a config that the plugin's own schema refuses is told with its place") {
  const Place place;
  PluginSettings settings = Place::settings(fixture("good"));
  settings.config = backplane::model::Document::from({{"record", 7}});
  settings.where = "backplane.yaml:12:5";
  const auto error = place.error_of(settings);
  CHECK(begins(error, fixture("good"), "config", "wanted a config that satisfies the plugin's own schema, found: /record"));
  CHECK(error.message.ends_with(" (backplane.yaml:12:5)"));
  CHECK(error.details.find("\"pointer\":\"/record\"") != std::string::npos);
}

TEST_CASE("step trial: what goes wrong while loading is found outside of this process") {
  Place place;
  place.places.trial_deadline = 300ms;
  CHECK(fails_at(place, "constructor_hangs", "trial", "wanted it to load in a trial process, found: while its static constructors ran: still busy after 300 ms"));
  place.places.trial_deadline = 20s;
  CHECK(fails_at(place, "constructor_crashes", "trial", "wanted it to load in a trial process, found: while its static constructors ran: killed by SIGSEGV"));
  CHECK(fails_at(place, "constructor_exits", "trial", "wanted it to load in a trial process, found: while its static constructors ran: ended by exit(3)"));
  CHECK(fails_at(place, "constructor_throws", "trial", "wanted it to load in a trial process, found: "));
  CHECK(fails_at(place, "missing_symbol", "trial", "wanted it to load in a trial process, found: undefined symbol: nobody_defines_this"));
  CHECK(fails_at(place, "entry_crashes", "trial", "wanted it to load in a trial process, found: while its entry function ran: killed by SIGABRT"));
}

TEST_CASE("step entry: a table that cannot be used is told") {
  const Place place;
  CHECK(fails_at(place, "entry_null", "entry", "wanted a table, found NULL: the plugin says that it cannot run here"));
  CHECK(fails_at(place, "table_too_small", "entry", "wanted a table with a struct_size of 40 to 65536 bytes, found 16"));
  CHECK(fails_at(place, "table_huge", "entry", "wanted a table with a struct_size of 40 to 65536 bytes, found 4294967295"));
  CHECK(fails_at(place, "create_null", "entry", "wanted a table with the function create, found NULL"));
  CHECK(fails_at(place, "destroy_null", "entry", "wanted a table with the function destroy, found NULL"));
}

TEST_CASE("of many plugins each is opened or refused for itself, in their order") {
  const Place place;
  std::vector<PluginSettings> settings;
  for (const char* const name : {"constructor_crashes", "good", "no_note", "create_throws", "missing_symbol", "entry_null", "needs_grants", "newer_minor"})
    settings.push_back(Place::settings(fixture(name), "p" + std::to_string(settings.size())));
  std::vector<Candidate> candidates;
  for (const PluginSettings& one : settings) candidates.push_back({&one, 3});
  const auto opened = open_plugins(candidates, place.places);
  REQUIRE(opened.size() == settings.size());
  for (std::size_t i = 0; i < opened.size(); ++i) {
    INFO(settings[i].library);
    const bool is_good = i == 1 || i == 3 || i == 7;
    CHECK(opened[i].has_value() == is_good);
    if (opened[i]) CHECK(opened[i]->library.file().filename().string().starts_with(settings[i].id + ".3-"));
    else CHECK(opened[i].error().plugin == settings[i].id);
  }
  CHECK(std::distance(std::filesystem::directory_iterator(place.places.run_directory), {}) == 3);
}

TEST_CASE("a plugin whose file is overwritten in place after it was opened is not touched by that") {
  const Place place;
  const auto file = place.directory.write("shared.so", content_of(fixture("good")));
  const auto opened = place.open(Place::settings(file));
  REQUIRE(opened.has_value());
  place.directory.write("shared.so", std::string(content_of(file).size(), '\0'));
  CHECK(*opened->library.call_entry() == opened->table);
}
