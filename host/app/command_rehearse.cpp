// backplane plugin rehearse: what was recorded is done twice, with the build that the manifest names and with the new
// one, and the answers are compared.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "app/ask.hpp"
#include "app/configuration.hpp"
#include "app/dump_frames.hpp"
#include "app/place.hpp"
#include "app/rehearsal_script.hpp"
#include "app/scratch_host.hpp"
#include "base/json_text.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Json;
using base::Result;

// ---- what the running host knows ----

Result<Json> fetch(const Context& context, const std::string& target) {
  BACKPLANE_TRY(const auto client, client_of(context.connection));
  BACKPLANE_TRY(const auto reply, client.send({.target = target, .headers = headers_of(context.connection)}));
  if (!reply.succeeded()) return failure_of(reply).error;
  Json answer = Json::parse(reply.body, nullptr, false);
  if (answer.is_discarded())
    return Error{Code::internal, client.url() + target + ": wanted JSON, found something else"};
  return answer;
}

Result<std::vector<Step>> fetch_script(const RehearseOptions& options, const manifest::Settings& settings,
                                       const Context& context) {
  const std::string last = std::to_string(options.last);
  BACKPLANE_TRY(const Json recorded, fetch(context, http::RequestTarget("/v1/recorded").query("limit", last).text()));
  Json events{{"items", Json::array()}};
  if (settings.events.log) {
    http::RequestTarget target("/v1/events");
    target.query("order", "newest").query("limit", last);
    if (recorded.is_array() && !recorded.empty()) target.query("since", recorded.front().value("time", ""));
    BACKPLANE_TRY(events, fetch(context, target.text()));
    std::reverse(events["items"].begin(), events["items"].end());
  }
  const Cast cast{options.plugin, options.with == RehearsedWith::others};
  BACKPLANE_TRY(auto script, script_of(recorded, events["items"], cast, options.last));
  if (script.empty())
    return Error{Code::not_found, "the host has recorded nothing yet: wanted at least one operation or event"};
  return script;
}

Result<TenantDump> fetch_dump(const Context& context, const std::string& tenant, fs::path file) {
  Connection connection = context.connection;
  connection.tenant = tenant;
  BACKPLANE_TRY(const auto client, client_of(connection));
  std::ofstream out(file, std::ios::binary);
  DumpFrames frames;
  const auto take = [&](std::string_view bytes) -> Result<void> {
    if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      return Error{Code::storage, "cannot write " + file.string()};
    return frames.take(bytes);
  };
  BACKPLANE_TRY(const auto reply, client.receive({.target = "/v1/dump", .headers = headers_of(connection)}, take));
  if (!reply.succeeded()) return failure_of(reply).error;
  BACKPLANE_CHECK(frames.finish());
  if (!out.flush()) return Error{Code::storage, "cannot write " + file.string()};
  return TenantDump{tenant, std::move(file)};
}

Result<std::vector<TenantDump>> fetch_dumps(const Context& context, const std::vector<Step>& script,
                                            const fs::path& folder) {
  std::set<std::string> tenants;
  for (const Step& step : script) tenants.insert(tenant_of(step));
  std::vector<TenantDump> dumps;
  for (const std::string& tenant : tenants) {
    BACKPLANE_TRY(auto dump, fetch_dump(context, tenant, folder / ("dump-" + std::to_string(dumps.size()))));
    dumps.push_back(std::move(dump));
  }
  return dumps;
}

// ---- the two builds ----

Result<manifest::PluginSettings> entry_of(const RehearseOptions& options, const manifest::Settings& settings) {
  std::string known;
  for (const manifest::PluginSettings& plugin : settings.plugins) {
    if (plugin.id == options.plugin) return plugin;
    known += (known.empty() ? "" : ", ") + plugin.id;
  }
  return Error{Code::not_found, "plugin '" + options.plugin + "': wanted one of " + settings.file.string() + " (" +
                                    (known.empty() ? "none" : known) + "), found none of that id"};
}

Result<fs::path> new_build_of(const RehearseOptions& options, const manifest::PluginSettings& running) {
  std::error_code error;
  if (!fs::is_regular_file(options.file, error))
    return Error{Code::invalid_argument, options.file + ": wanted the plugin's new build, found no file"};
  if (fs::equivalent(options.file, running.library_path, error))
    return Error{
        Code::invalid_argument,
        options.file + " is the file that the manifest names: wanted a new build beside it, to compare the two"};
  return fs::absolute(options.file, error);
}

// The manifest's host with this build: in a folder of its own, with nobody who asks it anything but the script. What
// fails in a durable subscription is not tried again: the next step would wait for it.
Scratch scratch_of(manifest::Settings settings, manifest::PluginSettings plugin, RehearsedWith with,
                   const fs::path& folder, const std::vector<TenantDump>& dumps, const std::vector<Step>& script) {
  settings.data_dir = folder;
  settings.store.path = folder / "backplane.db";
  settings.store.ballast_bytes = 0;
  settings.http.port = 0;
  settings.http.threads = 1;
  settings.events.retries.attempts = 1;
  settings.events.retention = {};
  plugin.required = true;
  plugin.reload = manifest::Reload::manual;
  if (with == RehearsedWith::alone) {
    plugin.before.clear();
    plugin.after.clear();
    settings.plugins = {plugin};
  }
  for (manifest::PluginSettings& one : settings.plugins) {
    one.reload = manifest::Reload::manual;
    if (one.id == plugin.id) one = plugin;
  }
  return {.settings = std::move(settings), .plugin = std::move(plugin), .dumps = dumps, .script = script};
}

// ---- what differs ----

bool is_uuid(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

// Ids that a host or a plugin made anew are never the same twice.
Json differences_of(const Json& before, const Json& after) {
  const Json changes = base::changes_between(before, after);
  Json differences = Json::object();
  for (const auto& [pointer, change] : changes.items())
    if (!is_uuid(change.value("old", Json())) || !is_uuid(change.value("new", Json()))) differences[pointer] = change;
  return differences;
}

Json compare(const std::vector<Step>& script, const std::vector<Json>& before, const std::vector<Json>& after) {
  Json differing = Json::array();
  for (std::size_t i = 0; i < script.size(); ++i) {
    Json differences = differences_of(before[i], after[i]);
    if (!differences.empty())
      differing.push_back({{"step", name_of(script[i])},
                           {"time", base::to_rfc3339(script[i].time)},
                           {"changes", std::move(differences)}});
  }
  return {
      {"same", script.size() - differing.size()}, {"differ", differing.size()}, {"differences", std::move(differing)}};
}

void print_comparison(std::ostream& out, const Json& comparison) {
  out << "same: " << comparison["same"] << ", differ: " << comparison["differ"] << '\n';
  const auto side = [](const Json& change, const char* name) {
    const auto found = change.find(name);
    return found == change.end() ? std::string("nothing") : base::to_text(*found);
  };
  for (const Json& step : comparison["differences"]) {
    out << '\n' << step.value("step", "") << ", " << step.value("time", "") << '\n';
    for (const auto& [pointer, change] : step["changes"].items())
      out << "  " << pointer << ": " << side(change, "old") << " -> " << side(change, "new") << '\n';
  }
}

Result<Json> rehearse_both(const RehearseOptions& options, const manifest::Settings& settings, const Context& context) {
  BACKPLANE_TRY(manifest::PluginSettings plugin, entry_of(options, settings));
  BACKPLANE_TRY(const fs::path build, new_build_of(options, plugin));
  BACKPLANE_TRY(const auto script, fetch_script(options, settings, context));
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  BACKPLANE_TRY(const auto dumps, fetch_dumps(context, script, folder->path()));
  auto before = perform(scratch_of(settings, plugin, options.with, folder->path() / "running", dumps, script));
  if (!before) return base::within("the running build", std::move(before).error());
  plugin.library_path = build;
  auto after = perform(scratch_of(settings, std::move(plugin), options.with, folder->path() / "new", dumps, script));
  if (!after) return base::within("the new build", std::move(after).error());
  return compare(script, *before, *after);
}

}  // namespace

ExitCode rehearse(const RehearseOptions& options, Context& context) {
  const auto settings = read_configuration(options.manifest, context);
  if (!settings) return ExitCode::configuration;
  const auto comparison = rehearse_both(options, *settings, context);
  if (!comparison) {
    const Error& error = comparison.error();
    const ExitCode code = report(context, error);
    return error.plugin.empty() ? code
                                : start_exit_code_of(error.code);  // a build that cannot be compared is no difference
  }
  if (context.output.json)
    context.console.out << base::to_text(*comparison) << '\n';
  else
    print_comparison(context.console.out, *comparison);
  return (*comparison)["differ"] == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace backplane::app
