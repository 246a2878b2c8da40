// backplane check: the manifest, then every plugin's file, metadata, ABI, grants and configuration, and a trial load of each;
// nothing is started, and all that is wrong is told at once.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/configuration.hpp"
#include "app/place.hpp"
#include "base/json.hpp"
#include "plugin/open_plugin.hpp"

namespace backplane::app {
namespace {

using base::Json;
using base::Result;
using plugin::OpenedPlugin;

void print_good(Context& context, const manifest::Settings& settings, const std::vector<Result<OpenedPlugin>>& opened) {
  Json plugins = Json::array();
  std::string lines;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    const std::string& id = settings.plugins[i].id;
    if (!opened[i]) continue;
    const auto& [metadata, library, table, load_time, remarks] = *opened[i];
    plugins.push_back({{"id", id}, {"version", metadata.version}, {"remarks", remarks}});
    lines += "plugin " + id + " " + metadata.version + "\n";
    for (const std::string& remark : remarks) lines += "  remark: " + remark + "\n";
  }
  if (context.output.json) {
    context.console.out << base::to_text({{"manifest", settings.file.string()}, {"plugins", std::move(plugins)}}) << '\n';
  } else {
    context.console.out << settings.file.string() << ": no problems\n" << lines;
  }
}

}  // namespace

ExitCode carry_out(const CheckOptions& options, Context& context) {
  const auto settings = read_configuration(options.manifest, context);
  if (!settings) return ExitCode::configuration;
  const auto folder = TemporaryFolder::make();
  if (!folder) return report(context, folder.error());
  const std::filesystem::path run_directory = folder->path() / "run";
  if (const auto made = plugin::prepare_run_directory(run_directory); !made) return report(context, made.error());

  std::vector<plugin::Candidate> candidates;
  for (const auto& entry : settings->plugins) candidates.push_back({&entry, 1});
  const auto opened = plugin::open_plugins(candidates, {.run_directory = run_directory, .probe = probe_program()});
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    const auto& entry = settings->plugins[i];
    if (!opened[i]) faults.push_back({.where = entry.where, .plugin = entry.id, .message = opened[i].error().message});
  }
  if (!faults.empty()) return report_faults(context, faults);
  print_good(context, *settings, opened);
  return ExitCode::done;
}

}  // namespace backplane::app
