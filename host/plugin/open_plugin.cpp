#include "plugin/open_plugin.hpp"

#include <backplane/backplane.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "plugin/elf_file.hpp"
#include "plugin/grants.hpp"
#include "plugin/offer.hpp"
#include "plugin/private_copy.hpp"
#include "plugin/trial_load.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;
using manifest::PluginSettings;

constexpr std::string_view entry_name = "backplane_plugin_1";
constexpr std::uint32_t least_table = offsetof(bp_plugin, destroy) + sizeof(bp_plugin::destroy);
constexpr std::uint32_t most_table = 64 << 10;
constexpr std::chrono::milliseconds slow_load{250};

// A candidate whose file was found good; nothing of it has run yet.
struct Prepared {
  PrivateCopy copy;
  Metadata metadata;
  std::vector<std::string> remarks;
};

Error at_step(std::string_view step, const PluginSettings& settings, Error error) {
  const std::string file = settings.library_path.empty() ? settings.library : settings.library_path.string();
  Error placed = base::within("plugin '" + settings.id + "': step " + std::string(step) + ": " + file, std::move(error));
  placed.plugin = settings.id;
  return placed;
}

// The same result, its error placed.
template <class T>
Result<T> step(std::string_view name, const PluginSettings& settings, Result<T> result) {
  if (result) return result;
  return at_step(name, settings, std::move(result).error());
}

// "a, b, c and 4 more"
std::string first_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

Result<PrivateCopy> copy_file(const Candidate& candidate, const OpenPlaces& places) {
  const PluginSettings& settings = *candidate.settings;
  if (settings.library_path.empty()) return Error{Code::not_found, "wanted a library of that name, found none"};
  return PrivateCopy::make(settings.library_path, places.run_directory, settings.id, candidate.generation);
}

std::optional<std::string> problem_of_exports(const std::vector<std::string>& exports) {
  std::vector<std::string> others, entries;
  for (const std::string& name : exports) {
    if (name.starts_with("backplane_plugin_")) entries.push_back(name);
    else others.push_back(name);
  }
  if (entries != std::vector<std::string>{std::string(entry_name)})
    return "wanted the entry " + std::string(entry_name) + " of ABI 1, found " + (entries.empty() ? "none" : first_of(entries)) +
           (entries.empty() && !others.empty() ? " among its exports (" + first_of(others) + ")" : "");
  if (others.empty()) return std::nullopt;
  return "wanted " + std::string(entry_name) + " as the only export, found " + std::to_string(others.size()) + " more (" +
         first_of(others) +
         "): other libraries may clash with them; build it with the SDK's backplane_add_plugin(), or compile with "
         "-fvisibility=hidden and link with a version script { global: backplane_plugin_1; local: *; }";
}

Result<void> check_symbols(const ElfFile& elf) {
  std::string problems;
  if (const auto problem = problem_of_exports(elf.exports)) problems = *problem;
  if (!elf.unique.empty())
    problems += (problems.empty() ? "" : "; ") + ("wanted no STB_GNU_UNIQUE symbol, found " + std::to_string(elf.unique.size())) +
                " (" + first_of(elf.unique) +
                "): of such a symbol there is one for the whole process, so the library can never be unloaded and shares its "
                "state with its next generation and with other plugins; build it with the SDK's backplane_add_plugin(), or "
                "compile with -fno-gnu-unique (GCC) and link with a version script { global: backplane_plugin_1; local: *; }";
  if (problems.empty()) return base::ok();
  return Error{Code::invalid_argument, problems};
}

Result<Metadata> metadata_of(const ElfFile& elf) {
  if (elf.notes.size() != 1)
    return Error{Code::invalid_argument, "wanted one note of owner \"backplane\" (BP_PLUGIN_METADATA at file scope), found " +
                                             (elf.notes.empty() ? "none" : std::to_string(elf.notes.size()))};
  return parse_metadata(elf.notes.front());
}

std::string to_string(AbiVersion abi) { return std::to_string(abi.major) + "." + std::to_string(abi.minor); }

Result<void> check_abi(const Metadata& metadata) {
  if (metadata.abi.major == BP_ABI_MAJOR) return check_requirements(metadata);
  return Error{Code::unsupported, "wanted a plugin for ABI " + std::to_string(BP_ABI_MAJOR) + ".x, found one for ABI " +
                                      to_string(metadata.abi) +
                                      (metadata.abi.major > BP_ABI_MAJOR ? " (it needs a newer host)" : " (it needs a build with the present SDK)")};
}

Result<void> check_config(const Metadata& metadata, const PluginSettings& settings) {
  if (metadata.config_schema == nullptr) return base::ok();
  auto checked = metadata.config_schema->validate(settings.config.json());
  if (checked) return base::ok();
  Error error = base::within("wanted a config that satisfies the plugin's own schema, found", std::move(checked).error());
  if (!settings.where.empty()) error.message += " (" + settings.where + ")";
  return error;
}

std::vector<std::string> remarks_on(const Metadata& metadata, const PluginSettings& settings) {
  std::vector<std::string> remarks;
  const AbiVersion own{BP_ABI_MAJOR, BP_ABI_MINOR};
  if (metadata.abi.minor > own.minor)
    remarks.push_back("built for ABI " + to_string(metadata.abi) + ", newer than this host's " + to_string(own) +
                      ": what was added since is absent here");
  if (metadata.id != settings.id) remarks.push_back("the library calls itself '" + metadata.id + "'");
  for (const std::string& member : metadata.unknown) remarks.push_back("its metadata has the member " + member + ", unknown to this host");
  return remarks;
}

Result<Prepared> prepare(const Candidate& candidate, const OpenPlaces& places) {
  const PluginSettings& settings = *candidate.settings;
  BACKPLANE_TRY(PrivateCopy copy, step("copy", settings, copy_file(candidate, places)));
  BACKPLANE_TRY(const ElfFile elf, step("file", settings, read_elf(copy.path())));
  BACKPLANE_CHECK(step("file", settings, check_symbols(elf)));
  BACKPLANE_TRY(Metadata metadata, step("metadata", settings, metadata_of(elf)));
  BACKPLANE_CHECK(step("abi", settings, check_abi(metadata)));
  BACKPLANE_CHECK(step("grants", settings, check_needs(metadata, settings.grants)));
  BACKPLANE_CHECK(step("config", settings, check_config(metadata, settings)));
  auto remarks = remarks_on(metadata, settings);
  return Prepared{std::move(copy), std::move(metadata), std::move(remarks)};
}

// Members beyond destroy may be missing; members beyond what this host knows are left alone.
Result<void> check_table(const bp_plugin* table) {
  if (table == nullptr) return Error{Code::plugin_fault, "wanted a table, found NULL: the plugin says that it cannot run here"};
  if (table->struct_size < least_table || table->struct_size > most_table)
    return Error{Code::plugin_fault, "wanted a table with a struct_size of " + std::to_string(least_table) + " to " +
                                         std::to_string(most_table) + " bytes, found " + std::to_string(table->struct_size)};
  if (table->create == nullptr) return Error{Code::plugin_fault, "wanted a table with the function create, found NULL"};
  if (table->destroy == nullptr) return Error{Code::plugin_fault, "wanted a table with the function destroy, found NULL"};
  return base::ok();
}

Result<OpenedPlugin> open_prepared(Prepared prepared, const PluginSettings& settings, std::chrono::microseconds load_time) {
  BACKPLANE_TRY(Library library, step("open", settings, Library::open(std::move(prepared.copy))));
  BACKPLANE_TRY(const bp_plugin* const table, step("entry", settings, library.call_entry()));
  BACKPLANE_CHECK(step("entry", settings, check_table(table)));
  if (load_time > slow_load)
    prepared.remarks.push_back("slow to load: " + std::to_string(load_time.count() / 1000) +
                               " ms, during which other threads may stall at the loader's lock");
  return OpenedPlugin{std::move(prepared.metadata), std::move(library), table, load_time, std::move(prepared.remarks)};
}

}  // namespace

std::vector<Result<OpenedPlugin>> open_plugins(std::span<const Candidate> candidates, const OpenPlaces& places) {
  std::vector<Result<Prepared>> prepared;
  std::vector<std::filesystem::path> files;
  for (const Candidate& candidate : candidates) {
    prepared.push_back(prepare(candidate, places));
    if (prepared.back()) files.push_back(prepared.back()->copy.path());
  }

  const auto trials = trial_load(places.probe, files, places.trial_deadline);

  std::vector<Result<OpenedPlugin>> opened;
  auto trial = trials.begin();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const PluginSettings& settings = *candidates[i].settings;
    if (!prepared[i]) {
      opened.emplace_back(std::move(prepared[i]).error());
    } else if (const auto& tried = *trial++; !tried) {
      opened.emplace_back(at_step("trial", settings, tried.error()));
    } else {
      opened.push_back(open_prepared(std::move(*prepared[i]), settings, *tried));
    }
  }
  return opened;
}

Result<OpenedPlugin> open_plugin(const Candidate& candidate, const OpenPlaces& places) {
  auto opened = open_plugins(std::span(&candidate, 1), places);
  return std::move(opened.front());
}

Result<OpenedPlugin> open_untried(const Candidate& candidate, const std::filesystem::path& run_directory) {
  BACKPLANE_TRY(Prepared prepared, prepare(candidate, {.run_directory = run_directory, .probe = {}}));
  return open_prepared(std::move(prepared), *candidate.settings, std::chrono::microseconds(0));
}

}  // namespace backplane::plugin
