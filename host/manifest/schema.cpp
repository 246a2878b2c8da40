#include "manifest/schema.hpp"

#include <algorithm>

#include "manifest/access.hpp"
#include "model/event_pattern.hpp"
#include "model/name.hpp"

namespace backplane::manifest {
namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t seconds = 1'000 * ms;
constexpr std::int64_t hours = 3'600 * seconds;
constexpr std::int64_t KiB = 1 << 10;
constexpr std::int64_t MiB = 1 << 20;

// Lists that stand in several files are one list.
void add_plugin_dirs(void* owner, Value value) {
  auto& all = static_cast<Settings*>(owner)->plugin_dirs;
  for (auto& path : std::get<std::vector<std::filesystem::path>>(value)) all.push_back(std::move(path));
}

void set_listen(void* owner, Value value) {
  auto& http = *static_cast<HttpSettings*>(owner);
  http.address = std::get<Listen>(value).address;
  http.port = std::get<Listen>(value).port;
}

std::optional<Value> listen_of(const void* owner) {
  const auto& http = *static_cast<const HttpSettings*>(owner);
  return Value(Listen{http.address, http.port});
}

void* stay(void* owner) { return owner; }
const void* stay_outside(const void* owner) { return owner; }

// In the order of the enumerations that they name.
constexpr std::string_view log_levels[] = {"trace", "debug", "info", "warning", "error"};
constexpr std::string_view log_formats[] = {"text", "json"};
constexpr std::string_view drivers[] = {"sqlite"};
constexpr std::string_view unread_events[] = {"kept", "dropped"};
constexpr std::string_view on_faults[] = {"fail", "ignore"};
constexpr std::string_view threadings[] = {"by_metadata", "serial"};
constexpr std::string_view reloads[] = {"manual", "watch"};

constexpr std::string_view plugin_id_pattern = "^[a-z0-9][a-z0-9-]{0,63}$";
constexpr std::string_view resource_type_pattern = "^[a-z][a-z0-9_-]{0,63}$";
constexpr std::string_view pointer_pattern = "^/([^~]|~[01])*$";

const Key log_keys[] = {
    {.name = "level", .kind = Kind::choice, .description = "The least severe level that is written.", .fallback = "info",
     .choices = log_levels, .at_reload = true, .access = in<&LogSettings::level>},
    {.name = "format", .kind = Kind::choice, .description = "One line per record: for people, or a JSON object.",
     .fallback = "text", .choices = log_formats, .access = in<&LogSettings::format>},
};

const Key http_keys[] = {
    {.name = "listen", .kind = Kind::listen,
     .description = "Address and port; port 0 takes any free one. Loopback addresses only: there is no access control yet.",
     .fallback = "127.0.0.1:8080", .access = {.assign = set_listen, .read = listen_of}},
    {.name = "threads", .kind = Kind::integer,
     .description = "Threads that read requests and write answers; 0: one per processor, at most 4.", .fallback = "0",
     .most = 64, .access = in<&HttpSettings::threads>},
    {.name = "max_connections", .kind = Kind::integer, .description = "Connections open at a time.", .fallback = "1024",
     .least = 1, .most = 65536, .access = in<&HttpSettings::max_connections>},
    {.name = "max_header", .kind = Kind::bytes, .description = "Size of a request's header.", .fallback = "16KiB",
     .least = KiB, .most = MiB, .access = in<&HttpSettings::max_header_bytes>},
    {.name = "max_body", .kind = Kind::bytes, .description = "Size of a request's body; that of a load is not limited.",
     .fallback = "1MiB", .least = KiB, .most = 256 * MiB, .access = in<&HttpSettings::max_body_bytes>},
    {.name = "header_timeout", .kind = Kind::duration,
     .description = "From the first byte of a request to the end of its header.", .fallback = "10s", .least = 10 * ms,
     .most = hours, .access = in<&HttpSettings::header_timeout>},
    {.name = "body_timeout", .kind = Kind::duration,
     .description = "Without progress while a body is read or an answer is written.", .fallback = "30s", .least = 10 * ms,
     .most = hours, .access = in<&HttpSettings::body_timeout>},
    {.name = "idle_timeout", .kind = Kind::duration, .description = "Between two requests of a connection.",
     .fallback = "1m", .least = 10 * ms, .most = 24 * hours, .access = in<&HttpSettings::idle_timeout>},
};

const Key store_keys[] = {
    {.name = "driver", .kind = Kind::choice, .description = "What keeps the resources.", .fallback = "sqlite",
     .choices = drivers, .access = in<&StoreSettings::driver>},
    {.name = "path", .kind = Kind::data_path, .description = "The database file, relative to `data_dir`.",
     .fallback = "backplane.db", .access = in<&StoreSettings::path>},
    {.name = "busy_timeout", .kind = Kind::duration, .description = "How long a write waits for a database that another process holds.",
     .fallback = "5s", .most = hours, .access = in<&StoreSettings::busy_timeout>},
    {.name = "max_batch", .kind = Kind::integer, .description = "Units of work that are written in one transaction, at most.",
     .fallback = "512", .least = 1, .most = 65536, .access = in<&StoreSettings::max_batch>},
    {.name = "ballast", .kind = Kind::bytes,
     .description = "Space on the disk that is held ready beside the database, and given up when the disk is full, so that what is to be "
                    "removed can be removed; 0: none.",
     .fallback = "16MiB", .most = 1024 * MiB, .access = in<&StoreSettings::ballast_bytes>},
};

const Key operation_keys[] = {
    {.name = "budget", .kind = Kind::duration, .description = "Time for all handlers of one phase of an operation together.",
     .fallback = "5s", .least = ms, .most = hours, .at_reload = true, .access = in<&OperationSettings::budget>},
    {.name = "deadline", .kind = Kind::duration,
     .description = "Time for one handler, unless its plugin has a `deadline`. At most the budget.", .fallback = "1s",
     .least = ms, .most = hours, .at_reload = true, .access = in<&OperationSettings::deadline>},
    {.name = "max_depth", .kind = Kind::integer, .description = "How deep operations that plugins call may nest.",
     .fallback = "16", .least = 1, .most = 16, .at_reload = true, .access = in<&OperationSettings::max_depth>},
    {.name = "max_document", .kind = Kind::bytes, .description = "Size of a resource's document.", .fallback = "1MiB",
     .least = KiB, .most = 256 * MiB, .at_reload = true, .access = in<&OperationSettings::max_document_bytes>},
    {.name = "max_json_depth", .kind = Kind::integer, .description = "Levels of nesting in a document.", .fallback = "64",
     .least = 1, .most = 512, .at_reload = true, .access = in<&OperationSettings::max_json_depth>},
    {.name = "max_page", .kind = Kind::integer, .description = "Resources on one page of a search.", .fallback = "1000",
     .least = 1, .most = 10000, .at_reload = true, .access = in<&OperationSettings::max_page>},
    {.name = "workers", .kind = Kind::integer, .description = "Threads that run operations, at least.", .fallback = "4",
     .least = 1, .most = 1024, .access = in<&OperationSettings::workers>},
    {.name = "max_workers", .kind = Kind::integer,
     .description = "Threads that run operations while handlers hold some of them up, at most.", .fallback = "256",
     .least = 1, .most = 4096, .access = in<&OperationSettings::max_workers>},
    {.name = "max_waiting", .kind = Kind::integer,
     .description = "Operations that wait for one of these threads, at most. Callers beyond it are turned away at once (503, "
                    "`unavailable`); what is under way, and what plugins ask for, is not.",
     .fallback = "10000", .least = 1, .most = 1'000'000, .at_reload = true, .access = in<&OperationSettings::max_waiting>},
    {.name = "keep_answers", .kind = Kind::duration, .description = "How long the answer to an idempotency key is kept.",
     .fallback = "1d", .least = seconds, .most = hours * 24 * 365, .at_reload = true, .access = in<&OperationSettings::keep_answers>},
};

const Key retention_keys[] = {
    {.name = "max_age", .kind = Kind::duration, .description = "Events older than that.", .otherwise = "no limit", .least = seconds,
     .most = hours * 24 * 36'500, .at_reload = true, .access = in<&RetentionSettings::max_age>},
    {.name = "max_events", .kind = Kind::integer, .description = "Events beyond so many.", .otherwise = "no limit", .least = 1,
     .at_reload = true, .access = in<&RetentionSettings::max_events>},
    {.name = "max_bytes", .kind = Kind::bytes, .description = "Events beyond so many bytes together.", .otherwise = "no limit",
     .least = MiB, .at_reload = true, .access = in<&RetentionSettings::max_bytes>},
    {.name = "unread", .kind = Kind::choice,
     .description = "What becomes of such events that a durable subscription has not done with, dead letters included: they are kept "
                    "for it, or dropped all the same.",
     .fallback = "kept", .choices = unread_events, .at_reload = true, .access = in<&RetentionSettings::unread>},
};

const Key retry_keys[] = {
    {.name = "attempts", .kind = Kind::integer,
     .description = "Calls for one event before it is a dead letter, unless its subscription says otherwise.", .fallback = "12", .least = 1,
     .most = 1000, .at_reload = true, .access = in<&RetrySettings::attempts>},
    {.name = "first_delay", .kind = Kind::duration, .description = "Time before the second call; doubled at each one, with jitter.",
     .fallback = "1s", .least = ms, .most = hours, .at_reload = true, .access = in<&RetrySettings::first_delay>},
    {.name = "longest_delay", .kind = Kind::duration, .description = "It does not become longer than that.", .fallback = "1h", .least = ms,
     .most = hours * 24 * 7, .at_reload = true, .access = in<&RetrySettings::longest_delay>},
};

const Key event_keys[] = {
    {.name = "log", .kind = Kind::boolean,
     .description = "Whether events are kept in the event log of the store. Without it nothing is durable, and nothing can be replayed.",
     .fallback = "true", .access = in<&EventSettings::log>},
    {.name = "max_queued", .kind = Kind::integer,
     .description = "Events that wait in memory for one background subscription; what comes beyond them is read back from the log, or "
                    "refused to its publisher when it is in no log.",
     .fallback = "10000", .least = 16, .most = 1'000'000, .access = in<&EventSettings::max_queued>},
    {.name = "max_queued_bytes", .kind = Kind::bytes, .description = "Size of these events together.", .fallback = "64MiB",
     .least = MiB, .most = 1024 * MiB, .access = in<&EventSettings::max_queued_bytes>},
    {.name = "handlers", .kind = Kind::integer,
     .description = "Events that one background or durable subscription handles at a time.", .fallback = "4", .least = 1, .most = 256,
     .access = in<&EventSettings::handlers>},
    {.name = "retries", .kind = Kind::section, .description = "How durable subscriptions try again what failed.", .members = retry_keys,
     .access = within<&EventSettings::retries>},
    {.name = "retention", .kind = Kind::section,
     .description = "What the event log need not keep: removed from its beginning, once a minute. Without a limit it keeps everything.",
     .members = retention_keys, .access = within<&EventSettings::retention>},
};

const Key reload_keys[] = {
    {.name = "drain", .kind = Kind::duration,
     .description = "How long a reload waits for handlers of the old generation. Then it is given up, and the old generation goes on.",
     .fallback = "5s", .most = hours, .at_reload = true, .access = in<&ReloadSettings::drain>},
    {.name = "stop", .kind = Kind::duration,
     .description = "How long the old generation may take to stop and to save its state, and the new one to load it and to start, each.",
     .fallback = "5s", .least = ms, .most = hours, .at_reload = true, .access = in<&ReloadSettings::stop>},
    {.name = "max_state", .kind = Kind::bytes, .description = "Size of the state that a plugin hands over.", .fallback = "16MiB",
     .most = 1024 * MiB, .at_reload = true, .access = in<&ReloadSettings::max_state_bytes>},
    {.name = "max_parked", .kind = Kind::integer,
     .description = "Generations of all plugins together whose code stays in memory after they were unloaded. Then no reload that "
                    "leaves another one, until a restart.",
     .fallback = "64", .most = 65536, .at_reload = true, .access = in<&ReloadSettings::max_parked>},
};

const Key resource_keys[] = {
    {.name = "type", .kind = Kind::text, .description = "The name of the resource type, as in `/v1/resources/{type}`.",
     .required = true, .pattern = resource_type_pattern, .check = model::check_resource_type,
     .access = in<&ResourceType::type>},
    {.name = "schema", .kind = Kind::json_schema, .description = "A file that holds the JSON Schema (draft 7) of its documents.",
     .otherwise = "any JSON", .access = in<&ResourceType::schema>},
    {.name = "index", .kind = Kind::texts, .description = "JSON Pointers that searches may filter and sort by.",
     .otherwise = "none", .pattern = pointer_pattern, .check = check_index_pointer,
     .access = in<&ResourceType::index>},
};

const Key order_keys[] = {
    {.name = "before", .kind = Kind::texts, .description = "Plugins whose hooks run after those of this one.",
     .otherwise = "none", .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .access = in<&PluginSettings::before>},
    {.name = "after", .kind = Kind::texts, .description = "Plugins whose hooks run before those of this one.",
     .otherwise = "none", .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .access = in<&PluginSettings::after>},
};

const Key grant_keys[] = {
    {.name = "resources", .kind = Kind::actions, .description = "Operations that the plugin may ask the host for.",
     .otherwise = "none", .access = in<&Grants::resources>},
    {.name = "hooks", .kind = Kind::actions, .description = "Operations that the plugin may hook into.",
     .otherwise = "none", .access = in<&Grants::hooks>},
    {.name = "publish", .kind = Kind::texts, .description = "Event types that it may publish: exact, `order.*` (one segment), `order.>` (the rest), `*`.",
     .otherwise = "none", .pattern = model::event_pattern_regex, .check = model::check_event_pattern, .access = in<&Grants::publish>},
    {.name = "subscribe", .kind = Kind::texts, .description = "Event types that it may subscribe to.",
     .otherwise = "none", .pattern = model::event_pattern_regex, .check = model::check_event_pattern, .access = in<&Grants::subscribe>},
};

const Key plugin_keys[] = {
    {.name = "id", .kind = Kind::text, .description = "The name of the plugin in this host: in logs, errors, metrics and grants.",
     .required = true, .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .access = in<&PluginSettings::id>},
    {.name = "library", .kind = Kind::text,
     .description = "Its shared library: a name (`audit_log` is `libaudit_log.so` in one of `plugin_dirs`, the first that has it), or "
                    "a path, with a slash in it, relative to the file that it stands in.",
     .required = true, .access = in<&PluginSettings::library>},
    {.name = "config", .kind = Kind::document,
     .description = "Its configuration, checked against the plugin's own schema. A text `file:<path>` stands for the content of "
                    "that file (see Secrets).",
     .otherwise = "{}", .access = in<&PluginSettings::config>},
    {.name = "order", .kind = Kind::section, .description = "Where its hooks stand among those of others; else: the order of the manifest.",
     .members = order_keys, .access = {.enter = stay, .look = stay_outside}},
    {.name = "grants", .kind = Kind::section, .description = "What it may do. Nothing is granted by default.",
     .members = grant_keys, .access = within<&PluginSettings::grants>},
    {.name = "on_fault", .kind = Kind::choice,
     .description = "What a fault of one of its `before` handlers (an exception, a timeout) does to the operation.",
     .fallback = "fail", .choices = on_faults, .access = in<&PluginSettings::on_fault>},
    {.name = "deadline", .kind = Kind::duration, .description = "Time for one of its handlers. At most `operations.budget`.",
     .otherwise = "`operations.deadline`", .least = ms, .most = hours, .access = in<&PluginSettings::deadline>},
    {.name = "required", .kind = Kind::boolean,
     .description = "Whether the host refuses to start without it; false: it says so in the log and goes on.", .fallback = "true",
     .access = in<&PluginSettings::required>},
    {.name = "threading", .kind = Kind::choice,
     .description = "serial: its handlers run one at a time, whatever the plugin itself says; by_metadata: as the plugin says. A manifest "
                    "never makes a plugin concurrent.",
     .fallback = "by_metadata", .choices = threadings, .access = in<&PluginSettings::threading>},
    {.name = "reload", .kind = Kind::choice, .description = "When it is reloaded: when asked to, or also when its file changes.",
     .fallback = "manual", .choices = reloads, .access = in<&PluginSettings::reload>},
};

const Key keys[] = {
    {.name = "version", .kind = Kind::integer, .description = "The version of this format.", .required = true, .least = 1, .most = 1},
    {.name = "data_dir", .kind = Kind::path, .description = "The folder for what the host writes; made when it is missing.",
     .fallback = "./data", .access = in<&Settings::data_dir>},
    {.name = "include", .kind = Kind::include,
     .description = "More files with resources and plugins, see Fragments: a folder (its *.yaml and *.yml), a file, a pattern such "
                    "as `plugins.d/*.yaml`, or a list of these.",
     .otherwise = "none", .in_fragments = true},
    {.name = "log", .kind = Kind::section, .description = "The host's log, on standard error.", .members = log_keys,
     .access = within<&Settings::log>},
    {.name = "http", .kind = Kind::section, .description = "The HTTP server.", .members = http_keys,
     .access = within<&Settings::http>},
    {.name = "store", .kind = Kind::section, .description = "Where resources are kept.", .members = store_keys,
     .access = within<&Settings::store>},
    {.name = "operations", .kind = Kind::section, .description = "Limits of an operation.", .members = operation_keys,
     .access = within<&Settings::operations>},
    {.name = "events", .kind = Kind::section, .description = "Events: their log and their queues.", .members = event_keys,
     .access = within<&Settings::events>},
    {.name = "reload", .kind = Kind::section, .description = "Limits of a reload.", .members = reload_keys,
     .access = within<&Settings::reload>},
    {.name = "drain", .kind = Kind::duration, .description = "How long a shutdown waits for what was accepted.",
     .fallback = "10s", .most = hours, .access = in<&Settings::drain>},
    {.name = "resources", .kind = Kind::sections, .description = "The resource types.", .in_fragments = true,
     .members = resource_keys, .access = each_of<&Settings::resources>},
    {.name = "plugin_dirs", .kind = Kind::paths, .description = "Folders in which libraries are looked for, in this order.",
     .otherwise = "none", .in_fragments = true, .access = {.assign = add_plugin_dirs}},
    {.name = "plugins", .kind = Kind::sections, .description = "The plugins, in the order of their hooks.", .in_fragments = true,
     .members = plugin_keys, .access = each_of<&Settings::plugins>},
};

}  // namespace

std::span<const Key> manifest_keys() { return keys; }

std::vector<Key> fragment_keys() {
  std::vector<Key> some;
  std::copy_if(std::begin(keys), std::end(keys), std::back_inserter(some), [](const Key& key) { return key.in_fragments; });
  return some;
}

}  // namespace backplane::manifest
