// What a reload makes of a file: which ones it refuses and at which step, and in which ways one may be put in place.
#include <elf.h>

#include <cstddef>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "app/reload_rig.hpp"

namespace backplane::tests {
namespace {

std::string bytes_of_build(const std::string& build) { return content_of(fixture("counting_" + build)); }

// The old generation serves, and a good file is taken after all.
void check_goes_on(ReloadRig& rig) {
  CHECK(rig.build() == "v1");
  rig.install("v2");
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

}  // namespace

TEST_CASE("a library that is no plugin for this host is refused at the step that sees it") {
  struct Refused {
    const char* fixture;
    const char* step;
    const char* says;
  };
  const Refused all[] = {
      {"no_entry", "step file:", "wanted the entry backplane_plugin_1"},
      {"wrong_entry_major", "step file:", "backplane_plugin_2"},
      {"extra_exports", "step file:", "as the only export"},
      {"unique_symbols", "step file:", "-fno-gnu-unique"},
      {"no_note", "step metadata:", "wanted one note of owner \"backplane\""},
      {"wrong_note", "step metadata:", "JSON"},
      {"wrong_types", "step metadata:", "wanted"},
      {"wrong_abi", "step abi:", "ABI 2.0"},
      {"missing_symbol", "step trial:", "nobody_defines_this"},
      {"constructor_throws", "step trial:", ""},
      {"constructor_exits", "step trial:", ""},
      {"entry_crashes", "step trial:", "SIGABRT"},
      {"entry_null", "step entry:", "found NULL"},
      {"table_too_small", "step entry:", "struct_size"},
      {"create_throws", "step create:", ""},
      {"create_garbage", "step create:", ""},
  };
  ReloadRig rig("v1");
  for (const Refused& one : all) {
    CAPTURE(one.fixture);
    rig.install_bytes(content_of(fixture(one.fixture)));
    const app::ReloadReport report = rig.reload();
    REQUIRE(report.error);
    CAPTURE(report.error->message);
    CHECK(holds(report.error->message, "plugin 'counting': "));
    CHECK(holds(report.error->message, one.step));
    CHECK(holds(report.error->message, one.says));
    CHECK(report.error->plugin == "counting");
    CHECK(rig.build() == "v1");
  }
  check_goes_on(rig);
}

TEST_CASE("a library of another machine, class or kind is refused, and what is wrong with it is told") {
  struct Patch {
    std::size_t at;
    char byte;
    const char* says;
  };
  const Patch patches[] = {
      {offsetof(Elf64_Ehdr, e_machine), static_cast<char>(EM_SPARC), "wanted a library for "},
      {EI_CLASS, ELFCLASS32, ""},
      {EI_DATA, ELFDATA2MSB, "byte order"},
      {offsetof(Elf64_Ehdr, e_type), ET_REL, ""},
      {EI_MAG0, 'E', ""},
  };
  ReloadRig rig("v1");
  for (const Patch& patch : patches) {
    CAPTURE(patch.at);
    std::string bytes = bytes_of_build("v2");
    bytes[patch.at] = patch.byte;
    rig.install_bytes(bytes);
    const app::ReloadReport report = rig.reload();
    REQUIRE(report.error);
    CAPTURE(report.error->message);
    CHECK(holds(report.error->message, "step file: " + rig.library().string() + ": wanted "));
    CHECK(holds(report.error->message, patch.says));
  }
  check_goes_on(rig);
}

TEST_CASE("a constructor that never returns costs the trial its deadline, and nobody else a moment") {
  ReloadRig rig("v1");
  rig.install_bytes(content_of(fixture("constructor_hangs")));
  auto reloading = std::async(std::launch::async, [&] { return rig.reload(); });
  std::size_t served = 0;
  while (reloading.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    if (rig.build() != "v1") break;
    ++served;
  }
  const app::ReloadReport report = reloading.get();
  REQUIRE(report.error);
  CAPTURE(report.error->message, served);
  CHECK(holds(report.error->message, "step trial:"));
  CHECK(holds(report.error->message, "while its static constructors ran: still busy after 10000 ms"));
  CHECK(served > 10);
  check_goes_on(rig);
}

TEST_CASE("a library is taken in whichever way it is put in place") {
  ReloadRig rig("v1");
  const auto others = rig.library().parent_path() / "builds";
  std::filesystem::create_directory(others);
  SECTION("written in place") {
    std::ofstream(rig.library(), std::ios::binary | std::ios::trunc) << bytes_of_build("v2");
  }
  SECTION("without the right to execute it") {
    rig.install("v2");
    std::filesystem::permissions(rig.library(), std::filesystem::perms::owner_read);
  }
  SECTION("removed and made anew") {
    std::filesystem::remove(rig.library());
    CHECK(rig.reload().error);
    CHECK(rig.build() == "v1");
    rig.install("v2");
  }
  SECTION("by a link that is swapped") {
    std::ofstream(others / "one.so", std::ios::binary) << bytes_of_build("v1");
    std::ofstream(others / "two.so", std::ios::binary) << bytes_of_build("v2");
    std::filesystem::remove(rig.library());
    std::filesystem::create_symlink("builds/one.so", rig.library());
    CHECK(rig.reload().is_unchanged());
    std::filesystem::create_symlink("builds/two.so", rig.library().string() + ".next");
    std::filesystem::rename(rig.library().string() + ".next", rig.library());
  }
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

TEST_CASE("a file that is being written is not taken half") {
  ReloadRig rig("v1");
  const std::string whole = bytes_of_build("v2");
  std::ofstream file(rig.library(), std::ios::binary | std::ios::trunc);
  file << whole.substr(0, whole.size() / 2) << std::flush;
  CHECK(holds(rig.reload().error->message, "step file:"));
  CHECK(rig.build() == "v1");
  file << whole.substr(whole.size() / 2) << std::flush;
  REQUIRE_FALSE(rig.reload().error);
  CHECK(rig.build() == "v2");
}

TEST_CASE("a build that needs a grant which is not there is refused, and the old one goes on under its own") {
  ReloadRig rig("v1");
  rig.install("needs_grants");
  const app::ReloadReport missing = rig.reload();
  REQUIRE(missing.error);
  CHECK(holds(missing.error->message, "step grants:"));
  CHECK(rig.build() == "v1");
  // Its own operations go on under the grants of the manifest as it was read.
  rig.create(R"({"nest":1})");
  CHECK(rig.times_recorded("nested 0") == 1);
}

}  // namespace backplane::tests
