// What each command was asked to do: plain values, filled in by the command line and read by the commands.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace backplane::app {

// How to reach the running host, and as whom.
struct Connection {
  std::string url = "http://127.0.0.1:8080";
  std::string actor;   // empty: the host's default
  std::string tenant;  // empty: none
  std::chrono::milliseconds timeout{30000};
};

struct Output {
  bool json = false;      // compact JSON on standard output, problems as JSON on standard error
  bool progress = false;  // progress also where standard error is no terminal
};

struct RunOptions {
  std::string manifest;  // empty: ./backplane.yaml, then ./config/backplane.yaml
  std::string http;      // "ADDR:PORT"; empty: as the manifest says
  std::string data_dir;
  std::string log_level;
  std::string log_format;
  std::string ready_file;
  bool dev = false;                  // reload by itself whatever changes
  std::string build;                 // --dev: the command that builds plugins when sources change
  std::vector<std::string> sources;  // --dev: the folders of the sources; empty: the current one
  std::optional<std::uint64_t> record;  // the last operations that are kept for `plugin rehearse`; nothing: 0, or 1000 with --dev
};

struct CheckOptions {
  std::string manifest;
};

enum class ManifestDocument { schema, reference };
struct ManifestOptions {
  ManifestDocument document = ManifestDocument::schema;
};

enum class ReloadMode { done, plan };
struct ReloadOptions {
  ReloadMode mode = ReloadMode::done;
  std::string plugin{};  // empty: everything
};

struct PluginListOptions {};

struct PluginExplainOptions {
  std::string action;
  std::string type;
};

struct PluginInspectOptions {
  std::string file;
};

struct PluginCheckOptions {
  std::string file;
  std::string config;  // JSON text, "-" or "@file"; empty: {}
  std::chrono::milliseconds deadline{10'000};  // for each step that runs the plugin's code
};

struct PluginNewOptions {
  std::string name;
  std::string dir;  // empty: ./NAME
};

enum class RehearsedWith { alone, others };
struct RehearseOptions {
  std::string plugin;
  std::string file;      // the new build
  std::string manifest;  // that of the running host
  std::uint64_t last = 100;
  RehearsedWith with = RehearsedWith::alone;
};

enum class Verb { create, get, update, modify, patch, remove, restore, purge, switch_to };
enum class PatchKind { by_content, json_patch, merge_patch };  // by content: an array is a JSON Patch, else a merge patch

struct ResourceOptions {
  Verb verb = Verb::get;
  std::string type;
  std::string id;
  std::string document = "-";  // the text itself, "-" for standard input, "@file"
  std::string status;
  std::string if_match;
  std::string idempotency_key;
  std::uint64_t revision = 0;
  PatchKind patch_kind = PatchKind::by_content;
  bool dry_run = false;
  bool deleted = false;
};

// search and revisions: what is answered in pages.
struct PageOptions {
  bool revisions = false;  // of the resource `id`; else a search
  std::string type;
  std::string id;
  std::vector<std::string> filters;
  std::string sort;
  std::string cursor;
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> after;
  bool all = false;
  bool total = false;
  bool deleted = false;
  bool deleted_only = false;
};

struct DumpOptions {
  std::vector<std::string> types;
  std::string file;   // empty: standard output
  std::string after;  // "TYPE/ID": leave out everything up to and including this resource
};

struct LoadOptions {
  std::string file;  // "-": standard input
  std::string on_conflict = "fail";
  std::uint64_t skip = 0;
};

struct EventPublishOptions {
  std::string type;
  std::string payload = "{}";  // JSON text, "-" for standard input, "@file"
  std::string id;              // empty: a new one
  std::string key;
  std::string source;
  std::string promise;         // empty: as the host does
};

// Which events; what is empty matches all.
struct EventFilter {
  std::string type;
  std::string tenant;
  std::string actor;
  std::string key;
};

struct EventQueryOptions {
  EventFilter filter;
  std::string since;
  std::string until;
  std::optional<std::uint64_t> after;
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> limit;
  bool newest = false;
  bool all = false;
  bool cloud_events = false;
};

struct EventTailOptions {
  EventFilter filter;
  std::optional<std::uint64_t> after;  // a position; without it, from now on
  std::optional<std::uint64_t> last;   // begin with so many of the past
  std::optional<std::uint64_t> count;  // end after so many
  bool no_color = false;
};

struct EventReplayOptions {
  std::string subscription;  // "plugin/name"
  std::uint64_t after = 0;
  std::string since;
  bool no_wait = false;
};

struct SubscriptionsOptions {};

enum class SubscriptionVerb { show, pause, resume, forget };
struct SubscriptionOptions {
  SubscriptionVerb verb = SubscriptionVerb::show;
  std::string subscription;
};

enum class DeadLetterVerb { list, show, redrive, discard };
struct DeadLetterOptions {
  DeadLetterVerb verb = DeadLetterVerb::list;
  std::optional<std::uint64_t> id;  // redrive, discard: without it, all that match
  std::string subscription;
  std::string type;
  std::optional<std::uint64_t> after;
  std::optional<std::uint64_t> limit;
};

enum class Shell { bash, zsh, fish };
struct CompletionOptions {
  Shell shell = Shell::bash;
};

using Command = std::variant<RunOptions, CheckOptions, ManifestOptions, ReloadOptions, PluginListOptions, PluginExplainOptions,
                             PluginInspectOptions, PluginCheckOptions, PluginNewOptions, RehearseOptions, ResourceOptions, PageOptions,
                             DumpOptions, LoadOptions, EventPublishOptions, EventQueryOptions, EventTailOptions, EventReplayOptions,
                             SubscriptionsOptions, SubscriptionOptions, DeadLetterOptions, CompletionOptions>;

struct Invocation {
  Connection connection;
  Output output;
  Command command;
};

}  // namespace backplane::app
