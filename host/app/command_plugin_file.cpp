// backplane plugin inspect|check: what a plugin's file says of it, and whether a host would load it.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/argument_text.hpp"
#include "app/configuration.hpp"
#include "app/place.hpp"
#include "base/json.hpp"
#include "plugin/elf_file.hpp"
#include "plugin/grants.hpp"
#include "plugin/metadata.hpp"
#include "plugin/open_plugin.hpp"
#include "plugin/trial_life.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;

// A file and what its note says.
struct Inspected {
  plugin::ElfFile file;
  plugin::Metadata metadata;
};

Result<Inspected> inspect(const std::string& path) {
  auto file = plugin::read_elf(path);
  if (!file) return base::within(path, file.error());
  if (file->notes.size() != 1)
    return Error{Code::invalid_argument, path + ": wanted one note of owner \"backplane\" (BP_PLUGIN_METADATA at file scope), found " +
                                             std::to_string(file->notes.size())};
  auto metadata = plugin::parse_metadata(file->notes.front());
  if (!metadata) return base::within(path, metadata.error());
  return Inspected{std::move(*file), std::move(*metadata)};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string actions_text(model::ActionSet actions) {
  return actions == model::actions::full ? "every action" : model::to_string(actions);
}

std::string abi_text(const plugin::Metadata& metadata) {
  return std::to_string(metadata.abi.major) + "." + std::to_string(metadata.abi.minor);
}

void print(std::ostream& out, const Inspected& inspected) {
  const auto line = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out << name << std::string(name.size() < 13 ? 13 - name.size() : 1, ' ') << value << '\n';
  };
  const plugin::Metadata& metadata = inspected.metadata;
  line("id", metadata.id);
  line("version", metadata.version);
  line("abi", abi_text(metadata));
  line("description", metadata.description);
  line("license", metadata.license);
  line("homepage", metadata.homepage);
  for (const auto& hook : metadata.hooks)
    line("hook", plugin::phases_to_string(hook.phases) + " on " + actions_text(hook.actions) + " of " + joined(hook.types));
  line("publishes", joined(metadata.publish));
  line("subscribes", joined(metadata.subscribe));
  for (const auto& [type, actions] : metadata.needs.resources) line("needs", actions_text(actions) + " of " + type);
  line("requires", joined(metadata.requirements));
  line("config", metadata.config_schema ? base::to_text(metadata.config_schema_json) : "any");
  line("threading", metadata.threading == plugin::Threading::serial ? "serial" : "concurrent");
  line("state", metadata.state_schema ? "schema " + std::to_string(*metadata.state_schema) : "none");
  line("reload", metadata.switchover == plugin::Switchover::overlap ? "overlap" : "gate");
  line("unload", metadata.unload == plugin::Unload::close ? "close" : "park");
  line("exports", joined(inspected.file.exports));
  line("links", joined(inspected.file.needed));
  line("unknown", joined(metadata.unknown));
}

Json as_json(const Inspected& inspected) {
  return {{"note", Json::parse(inspected.file.notes.front(), nullptr, false)},
          {"exports", inspected.file.exports},
          {"unique", inspected.file.unique},
          {"needed", inspected.file.needed},
          {"unknown", inspected.metadata.unknown}};
}

void print_good(Context& context, const std::string& file, const plugin::OpenedPlugin& opened) {
  const auto& [metadata, library, table, load_time, remarks] = opened;
  if (context.output.json) {
    const Json good{{"id", metadata.id}, {"version", metadata.version}, {"abi", abi_text(metadata)}, {"load_us", load_time.count()}, {"remarks", remarks}};
    return print_json(context, base::to_text(good));
  }
  context.console.out << file << ": " << metadata.id << ' ' << metadata.version << " is good: file, metadata, ABI " << abi_text(metadata)
                      << ", configuration, trial load (" << load_time.count() << " us), entry, create, start, stop, destroy\n";
  for (const std::string& remark : remarks) context.console.out << "  remark: " << remark << '\n';
}

// A manifest entry that grants whatever the plugin needs.
Result<manifest::PluginSettings> generous_settings(const PluginCheckOptions& options, const Inspected& inspected,
                                                   std::istream& in) {
  manifest::PluginSettings settings;
  settings.id = inspected.metadata.id.empty() ? "plugin" : inspected.metadata.id;
  settings.library = options.file;
  std::error_code error;
  settings.library_path = std::filesystem::absolute(options.file, error);
  settings.grants = plugin::every_grant();
  if (!options.config.empty()) {
    BACKPLANE_TRY(const std::string text, text_of_argument(options.config, in));
    auto config = model::Document::parse(text);
    if (!config) return base::within("--config", config.error());
    settings.config = std::move(*config);
  }
  return settings;
}

}  // namespace

ExitCode carry_out(const PluginInspectOptions& options, Context& context) {
  const auto inspected = inspect(options.file);
  if (!inspected) return report_faults(context, {{.message = inspected.error().message}});
  if (context.output.json) {
    print_json(context, base::to_text(as_json(*inspected)));
  } else {
    print(context.console.out, *inspected);
  }
  return ExitCode::done;
}

ExitCode carry_out(const PluginCheckOptions& options, Context& context) {
  const auto inspected = inspect(options.file);
  if (!inspected) return report_faults(context, {{.message = inspected.error().message}});
  const auto settings = generous_settings(options, *inspected, context.console.in);
  if (!settings) return report(context, settings.error());
  const auto folder = TemporaryFolder::make();
  if (!folder) return report(context, folder.error());
  const std::filesystem::path run_directory = folder->path() / "run";
  if (const auto made = plugin::prepare_run_directory(run_directory); !made) return report(context, made.error());

  const plugin::OpenPlaces places{.run_directory = run_directory, .probe = probe_program(), .trial_deadline = options.deadline};
  const auto opened = plugin::open_plugin({&*settings, 1}, places);
  if (!opened) {
    std::string message = opened.error().message;
    if (options.config.empty() && message.find(": step config: ") != std::string::npos)
      message += "; give a configuration to check with by --config";
    return report_faults(context, {{.plugin = settings->id, .message = std::move(message)}});
  }
  if (const auto lived = plugin::trial_life(*settings, places); !lived) {
    if (lived.error().code != Code::plugin_fault) return report(context, lived.error());
    return report_faults(context, {{.plugin = settings->id, .message = lived.error().message}});
  }
  print_good(context, options.file, *opened);
  return ExitCode::done;
}

}  // namespace backplane::app
