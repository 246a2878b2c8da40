#include <memory>

#include "app/definition.hpp"

namespace backplane::app {
namespace {

CLI::Validator number_up_to(std::uint64_t most) {
  CLI::Validator in_range = CLI::Range(std::uint64_t{1}, most);
  in_range.description("");
  return in_range;
}

void define_run(CLI::App& root, Invocation& into) {
  auto& command = add_command(root, "run", "Start the host and serve until SIGINT or SIGTERM",
                              "backplane run\n"
                              "backplane run config/backplane.yaml --http 127.0.0.1:0 --ready-file /tmp/backplane.url\n"
                              "backplane run --dev --build 'cmake --build build'");
  command.footer(command.get_footer() +
                 "\n\nThe first SIGINT or SIGTERM finishes what was accepted and stops the plugins; a second one ends the\n"
                 "program at once; SIGHUP reloads. Exit codes: 0 stopped, 1 stopped with something cut off, 78 manifest or plugin wrong.");
  auto options = std::make_shared<RunOptions>();
  command.add_option("MANIFEST", options->manifest, "Default: ./backplane.yaml, then ./config/backplane.yaml")
      ->type_name("FILE");
  command.add_option("--http", options->http, "Serve here instead; port 0: any free one")->type_name("ADDR:PORT");
  command.add_option("--data-dir", options->data_dir, "Keep data here instead")->type_name("DIR");
  command.add_option("--log-level", options->log_level, "Least level that is logged")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}));
  command.add_option("--log-format", options->log_format, "Form of a log line")
      ->type_name("FORM")
      ->check(CLI::IsMember({"text", "json"}));
  command.add_option("--ready-file", options->ready_file, "Write the host's URL to this file once it serves")
      ->type_name("FILE");
  auto* const dev = command.add_flag("--dev", options->dev, "Reload every plugin whose library changes, and the manifest, and tell what changed");
  command.add_option("--build", options->build, "With --dev: run this whenever a source changes, such as 'cmake --build build'")
      ->type_name("COMMAND")
      ->needs(dev);
  command.add_option("--source", options->sources, "With --build: a folder of sources, repeatable; default: the current one")
      ->type_name("DIR")
      ->needs(dev);
  command.add_option("--record", options->record, "Keep the last N operations in memory, for `plugin rehearse`; default 0, with --dev 1000")
      ->type_name("N")
      ->check(number_up_to(100'000));
  add_json_option(command, into);
  command.callback([options, &into] { into.command = *options; });
}

void define_check(CLI::App& root, Invocation& into) {
  auto& command = add_command(root, "check", "Tell everything that is wrong with a manifest and its plugins, start nothing",
                              "backplane check\nbackplane check config/backplane.yaml --json");
  auto options = std::make_shared<CheckOptions>();
  command.add_option("MANIFEST", options->manifest, "Default: ./backplane.yaml, then ./config/backplane.yaml")
      ->type_name("FILE");
  add_json_option(command, into);
  command.callback([options, &into] { into.command = *options; });
}

void define_manifest(CLI::App& root, Invocation& into) {
  auto& manifest = add_command(root, "manifest", "What a manifest may hold", "backplane manifest schema > backplane.schema.json");
  manifest.require_subcommand(1);
  auto& schema = add_command(manifest, "schema", "Print the JSON Schema of manifests, for editors", "backplane manifest schema");
  schema.callback([&into] { into.command = ManifestOptions{ManifestDocument::schema}; });
  auto& reference = add_command(manifest, "reference", "Print every key with type, default and meaning, as Markdown",
                                "backplane manifest reference");
  reference.callback([&into] { into.command = ManifestOptions{ManifestDocument::reference}; });
}

void define_reload(CLI::App& root, Invocation& into) {
  auto& reload = add_command(root, "reload", "Bring the running host to what its manifest and its plugins' files say now",
                             "backplane reload\nbackplane plan && backplane reload");
  reload.footer(reload.get_footer() +
                "\n\nWhat cannot be prepared changes nothing: a manifest with a problem, a plugin that does not load, a key that\n"
                "needs a restart. SIGHUP does the same. Exit codes as for any request.");
  add_connection_options(reload, into);
  add_json_option(reload, into);
  reload.callback([&into] { into.command = ReloadOptions{}; });

  auto& plan = add_command(root, "plan", "Tell what a reload would do, and do nothing", "backplane plan");
  add_connection_options(plan, into);
  add_json_option(plan, into);
  plan.callback([&into] { into.command = ReloadOptions{.mode = ReloadMode::plan}; });
}

void define_plugin_reload(CLI::App& plugin, Invocation& into) {
  auto& reload = add_command(plugin, "reload", "Load one plugin of the running host anew, even where nothing changed",
                             "backplane plugin reload price-check");
  auto options = std::make_shared<ReloadOptions>();
  reload.add_option("PLUGIN", options->plugin, "Its id")->required()->type_name("");
  reload.add_flag_callback("--dry-run", [options] { options->mode = ReloadMode::plan; }, "Only tell what would be done");
  add_connection_options(reload, into);
  add_json_option(reload, into);
  reload.callback([options, &into] { into.command = *options; });
}

void define_plugin_rehearse(CLI::App& plugin, Invocation& into) {
  auto& rehearse = add_command(plugin, "rehearse", "Do what callers did lately once more with a new build, and tell what it answers otherwise",
                               "backplane plugin rehearse price-check build/lib/libprice_check.so\n"
                               "backplane plugin rehearse price-check new/libprice_check.so config/backplane.yaml --last 20");
  rehearse.footer(rehearse.get_footer() +
                  "\n\nBoth builds, that of the manifest and the new one, run on scratch copies of the running host's resources, taken back to\n"
                  "the first of these operations; the running host is only asked. What the plugin does outside the host, it does. The host\n"
                  "must record: `backplane run --dev`, or --record. Exit codes: 0 the same, 1 it differs, others as for any request.");
  auto options = std::make_shared<RehearseOptions>();
  rehearse.add_option("PLUGIN", options->plugin, "Its id")->required()->type_name("");
  rehearse.add_option("FILE", options->file, "The new build")->required()->type_name("FILE");
  rehearse.add_option("MANIFEST", options->manifest, "Of the running host; default: ./backplane.yaml, then ./config/backplane.yaml")->type_name("FILE");
  rehearse.add_option("--last", options->last, "So many operations and events; default 100")->type_name("N")->check(number_up_to(100'000));
  rehearse.add_flag_callback(
      "--with-others", [options] { options->with = RehearsedWith::others; }, "Run the other plugins of the manifest as well");
  add_connection_options(rehearse, into);
  add_json_option(rehearse, into);
  rehearse.callback([options, &into] { into.command = *options; });
}

void define_plugin_views(CLI::App& plugin, Invocation& into) {
  auto& list = add_command(plugin, "list", "List the plugins of the running host", "backplane plugin list");
  list.callback([&into] { into.command = PluginListOptions{}; });
  add_connection_options(list, into);
  add_json_option(list, into);

  auto& explain = add_command(plugin, "explain", "Tell which handlers run for an action on a type, in their order",
                              "backplane plugin explain create note");
  auto options = std::make_shared<PluginExplainOptions>();
  explain.add_option("ACTION", options->action, "create, get, update, ...")->required()->type_name("");
  explain.add_option("TYPE", options->type, "A resource type")->required()->type_name("");
  add_connection_options(explain, into);
  add_json_option(explain, into);
  explain.callback([options, &into] { into.command = *options; });
}

// The help says seconds; an error says the range.
CLI::Validator seconds_in_range() {
  CLI::Validator in_range = CLI::Range(0.001, 86400.0);
  in_range.description("");
  return in_range;
}

void define_plugin_files(CLI::App& plugin, Invocation& into) {
  auto& inspect = add_command(plugin, "inspect", "Tell what a plugin's file says of it, without running its code",
                              "backplane plugin inspect build/lib/libaudit_log.so");
  auto inspected = std::make_shared<PluginInspectOptions>();
  inspect.add_option("FILE", inspected->file, "The shared library")->required()->type_name("FILE");
  add_json_option(inspect, into);
  inspect.callback([inspected, &into] { into.command = *inspected; });

  auto& check = add_command(plugin, "check", "Check a plugin's file and metadata, and create, start, stop and destroy it in a process of its own",
                            "backplane plugin check build/lib/libaudit_log.so\n"
                            "backplane plugin check build/lib/libaudit_log.so --config '{\"file\": \"/tmp/audit.ndjson\"}'");
  auto checked = std::make_shared<PluginCheckOptions>();
  check.add_option("FILE", checked->file, "The shared library")->required()->type_name("FILE");
  check.add_option("--config", checked->config, "The configuration to check with: JSON text, @FILE or -; default {}")->type_name("JSON");
  check
      .add_option_function<double>(
          "--deadline",
          [checked](const double& seconds) { checked->deadline = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)); },
          "How long each step may take that runs its code; default 10")
      ->type_name("SECONDS")
      ->check(seconds_in_range());
  add_json_option(check, into);
  check.callback([checked, &into] { into.command = *checked; });

  auto& made = add_command(plugin, "new", "Make the folder of a new plugin: source, CMake file, test, manifest fragment",
                           "backplane plugin new price-check\nbackplane plugin new price-check --dir src/price_check");
  auto options = std::make_shared<PluginNewOptions>();
  made.add_option("NAME", options->name, "The plugin's id: [a-z0-9][a-z0-9-]*")->required()->type_name("");
  made.add_option("--dir", options->dir, "The folder to make; default ./NAME")->type_name("DIR");
  add_json_option(made, into);
  made.callback([options, &into] { into.command = *options; });
}

void define_completion(CLI::App& root, Invocation& into) {
  auto& completion = add_command(root, "completion", "Print the completion script of a shell",
                                 "source <(backplane completion bash)\n"
                                 "backplane completion zsh > ~/.zfunc/_backplane\n"
                                 "backplane completion fish > ~/.config/fish/completions/backplane.fish");
  completion.require_subcommand(1);
  const std::pair<const char*, Shell> shells[] = {{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
  for (const auto& [name, shell] : shells) {
    auto& command = add_command(completion, name, std::string("Completion for ") + name, std::string("backplane completion ") + name);
    command.callback([&into, chosen = shell] { into.command = CompletionOptions{chosen}; });
  }
}

}  // namespace

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, const std::string& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  std::string footer = "Examples:\n  ";
  for (const char c : examples) {
    footer += c;
    if (c == '\n') footer += "  ";
  }
  command.footer(footer);
  return command;
}

void add_json_option(CLI::App& command, Invocation& into) {
  command.add_flag("--json", into.output.json, "Compact JSON for programs; errors as problem documents on standard error");
}

void add_connection_options(CLI::App& command, Invocation& into) {
  Connection& connection = into.connection;
  command.add_option("--url", connection.url, "The running host; $BACKPLANE_URL")->capture_default_str()->type_name("URL")->group("Connection");
  command.add_option("--actor", connection.actor, "Who asks; $BACKPLANE_ACTOR")->type_name("NAME")->group("Connection");
  command.add_option("--tenant", connection.tenant, "Whose data; $BACKPLANE_TENANT")->type_name("NAME")->group("Connection");
  command
      .add_option_function<double>(
          "--timeout",
          [&connection](const double& seconds) {
            connection.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
          },
          "How long to wait without progress; default 30")
      ->type_name("SECONDS")
      ->check(seconds_in_range())
      ->group("Connection");
}

void define_host_commands(CLI::App& root, Invocation& into) {
  define_run(root, into);
  define_check(root, into);
  define_reload(root, into);
  define_manifest(root, into);
  auto& plugin = add_command(root, "plugin", "Make, check and look at plugins", "backplane plugin list");
  plugin.require_subcommand(1);
  define_plugin_views(plugin, into);
  define_plugin_reload(plugin, into);
  define_plugin_files(plugin, into);
  define_plugin_rehearse(plugin, into);
  define_completion(root, into);
}

}  // namespace backplane::app
