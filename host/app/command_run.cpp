// backplane run: the host from its manifest to its last thread.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "app/configuration.hpp"
#include "app/dev_loop.hpp"
#include "app/host.hpp"
#include "app/place.hpp"
#include "app/signals.hpp"
#include "base/json.hpp"
#include "manifest/read.hpp"
#include "manifest/scalar.hpp"

namespace backplane::app {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::Error;
using base::Json;
using base::Result;

constexpr std::size_t recorded_in_dev = 1000;

// The file that says where the host serves, as long as it does.
class ReadyFile {
 public:
  explicit ReadyFile(fs::path path) : path_(std::move(path)) { remove(); }
  ~ReadyFile() { remove(); }
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;

  // Under another name first: whoever waits for the file finds it whole.
  Result<void> write(const std::string& text) const {
    if (path_.empty()) return base::ok();
    const fs::path part = path_.string() + ".part";
    std::ofstream file(part);
    file << text << '\n';
    file.close();
    std::error_code error;
    if (file) fs::rename(part, path_, error);
    if (!file || error) return Error{Code::invalid_argument, "--ready-file: cannot write " + path_.string()};
    return base::ok();
  }

 private:
  void remove() const {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  fs::path path_;
};

base::LogLevel level_named(const std::string& name) {
  if (name == "trace") return base::LogLevel::trace;
  if (name == "debug") return base::LogLevel::debug;
  if (name == "warning") return base::LogLevel::warning;
  if (name == "error") return base::LogLevel::error;
  return base::LogLevel::info;
}

// What the command line says instead of the manifest.
Result<void> apply(manifest::Settings& settings, const RunOptions& options) {
  if (!options.http.empty()) {
    const auto listen = manifest::parse_listen(options.http);
    if (!listen) return base::within("--http", listen.error());
    settings.http.address = listen->address;
    settings.http.port = listen->port;
  }
  if (!options.data_dir.empty()) {
    std::error_code error;
    const fs::path folder = fs::absolute(options.data_dir, error).lexically_normal();
    const fs::path within = settings.store.path.lexically_relative(settings.data_dir);
    const bool is_inside = !within.empty() && *within.begin() != "..";
    settings.data_dir = folder;
    if (is_inside) settings.store.path = folder / within;
  }
  if (!options.log_level.empty()) settings.log.level = level_named(options.log_level);
  if (!options.log_format.empty())
    settings.log.format = options.log_format == "json" ? base::LogFormat::json : base::LogFormat::text;
  return base::ok();
}

void print_serving(Context& context, const std::string& url, const Host& host) {
  std::ostream& out = context.console.out;
  const Json plugins = Json::parse(host.plugins(), nullptr, false);
  if (context.output.json) {
    out << base::to_text({{"url", url}, {"plugins", plugins}}) << std::endl;
    return;
  }
  out << "serving " << url << '\n';
  const auto text = [](const Json& plugin, const char* name) {
    const auto found = plugin.find(name);
    return found != plugin.end() && found->is_string() ? " " + found->get<std::string>() : std::string();
  };
  for (const Json& plugin : plugins)
    if (plugin.is_object()) out << "plugin" << text(plugin, "id") << text(plugin, "version") << text(plugin, "state") << '\n';
  out.flush();
}

// Threads that hang in a plugin hold what they use: the process ends around them, without destructors.
[[noreturn]] void end_around_stuck_threads(Context& context, ExitCode code) {
  context.console.out.flush();
  context.console.err.flush();
  ::_exit(static_cast<int>(code));
}

ExitCode stop(Context& context, Host& host) {
  const StopReport stopped = host.stop();
  const std::size_t undone = stopped.requests_cut_off + stopped.events_undelivered + stopped.subscriptions_behind + stopped.stuck_threads;
  if (undone == 0) return ExitCode::done;
  context.console.err << "backplane: stopped; " << stopped.requests_cut_off << " requests were cut off, " << stopped.events_undelivered
                      << " events that waited in memory were not delivered, " << stopped.subscriptions_behind
                      << " background subscriptions left events in the log, " << stopped.stuck_threads
                      << " threads did not come back from a plugin\n";
  if (stopped.stuck_threads != 0) end_around_stuck_threads(context, ExitCode::failed);
  return ExitCode::failed;
}

}  // namespace

ExitCode serve(const RunOptions& options, Context& context) {
  auto settings = read_configuration(options.manifest, context);
  if (!settings) return ExitCode::configuration;
  if (const auto applied = apply(*settings, options); !applied) return report(context, applied.error());
  base::set_log(settings->log.level, settings->log.format);
  ::signal(SIGPIPE, SIG_IGN);

  Signals signals;
  std::optional<ReadyFile> ready(options.ready_file);
  const std::string address = settings->http.address;
  // The same manifest with the same options over it.
  const auto read_again = [file = settings->file, options] {
    manifest::Reading reading = manifest::read_manifest(file);
    if (reading.settings) static_cast<void>(apply(*reading.settings, options));
    return reading;
  };
  DevLoop dev_loop(context.console);
  HostOptions wanted{.probe = probe_program(), .read_manifest = read_again};
  wanted.recorded = options.record.value_or(options.dev ? recorded_in_dev : 0);
  if (options.dev) {
    wanted.watch = Reloader::Files::all;
    wanted.reloaded = [&](const ReloadReport& report) { dev_loop.tell(report); };
  }
  auto host = Host::start(std::move(*settings), wanted);
  if (!host) {
    report(context, host.error());
    return start_exit_code_of(host.error().code);
  }
  const std::string shown = address.find(':') == std::string::npos ? address : "[" + address + "]";
  const std::string url = "http://" + shown + ":" + std::to_string((*host)->port());
  print_serving(context, url, **host);
  if (const auto written = ready->write(url); !written) {
    report(context, written.error());
    stop(context, **host);
    return exit_code_of(written.error().code);
  }
  if (const auto looping = dev_loop.start(options); !looping) {
    report(context, looping.error());
    stop(context, **host);
    return exit_code_of(looping.error().code);
  }
  while (signals.wait() == SIGHUP) (*host)->reload({});
  ready.reset();
  return stop(context, **host);
}

}  // namespace backplane::app
