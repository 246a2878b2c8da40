#include "manifest/schema.hpp"

#include <algorithm>
#include <type_traits>

#include "model/event_pattern.hpp"
#include "model/name.hpp"

namespace backplane::manifest {
namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t seconds = 1'000 * ms;
constexpr std::int64_t hours = 3'600 * seconds;
constexpr std::int64_t KiB = 1 << 10;
constexpr std::int64_t MiB = 1 << 20;

template <class T>
void put(T& member, Value&& value) {
  if constexpr (std::is_enum_v<T>) {
    member = static_cast<T>(std::get<Choice>(value).index);
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* choice = std::get_if<Choice>(&value);
    member = choice != nullptr ? std::string(choice->name) : std::get<std::string>(std::move(value));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, std::optional<Duration>>) {
    member = std::get<Duration>(value);
  } else if constexpr (std::is_same_v<T, std::optional<base::Json>>) {
    member = std::get<base::Json>(std::move(value));
  } else if constexpr (std::is_same_v<T, model::Document>) {
    member = model::Document::from(std::get<base::Json>(std::move(value)));
  } else {
    member = std::get<T>(std::move(value));
  }
}

// The ways into one member of a struct.
template <auto Member>
struct Into;
template <class Owner, class T, T Owner::* Member>
struct Into<Member> {
  static void assign(void* owner, Value value) { put(static_cast<Owner*>(owner)->*Member, std::move(value)); }
  static void* enter(void* owner) { return &(static_cast<Owner*>(owner)->*Member); }
  static void* append(void* owner) { return &(static_cast<Owner*>(owner)->*Member).emplace_back(); }
};

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

void* stay(void* owner) { return owner; }

// In the order of the enumerations that they name.
constexpr std::string_view log_levels[] = {"trace", "debug", "info", "warning", "error"};
constexpr std::string_view log_formats[] = {"text", "json"};
constexpr std::string_view drivers[] = {"sqlite"};
constexpr std::string_view unread_events[] = {"kept", "dropped"};
constexpr std::string_view on_faults[] = {"fail", "ignore"};
constexpr std::string_view threadings[] = {"by_metadata", "concurrent", "serial"};
constexpr std::string_view reloads[] = {"manual", "watch"};

constexpr std::string_view plugin_id_pattern = "^[a-z0-9][a-z0-9-]{0,63}$";
constexpr std::string_view resource_type_pattern = "^[a-z][a-z0-9_-]{0,63}$";
constexpr std::string_view pointer_pattern = "^/([^~]|~[01])*$";

const Key log_keys[] = {
    {.name = "level", .kind = Kind::choice, .description = "The least severe level that is written.", .fallback = "info",
     .choices = log_levels, .assign = Into<&LogSettings::level>::assign},
    {.name = "format", .kind = Kind::choice, .description = "One line per record: for people, or a JSON object.",
     .fallback = "text", .choices = log_formats, .assign = Into<&LogSettings::format>::assign},
};

const Key http_keys[] = {
    {.name = "listen", .kind = Kind::listen,
     .description = "Address and port; port 0 takes any free one. Loopback addresses only: there is no access control yet.",
     .fallback = "127.0.0.1:8080", .assign = set_listen},
    {.name = "threads", .kind = Kind::integer,
     .description = "Threads that read requests and write answers; 0: one per processor, at most 4.", .fallback = "0",
     .most = 64, .assign = Into<&HttpSettings::threads>::assign},
    {.name = "max_connections", .kind = Kind::integer, .description = "Connections open at a time.", .fallback = "1024",
     .least = 1, .most = 65536, .assign = Into<&HttpSettings::max_connections>::assign},
    {.name = "max_header", .kind = Kind::bytes, .description = "Size of a request's header.", .fallback = "16KiB",
     .least = KiB, .most = MiB, .assign = Into<&HttpSettings::max_header_bytes>::assign},
    {.name = "max_body", .kind = Kind::bytes, .description = "Size of a request's body; that of a load is not limited.",
     .fallback = "1MiB", .least = KiB, .most = 256 * MiB, .assign = Into<&HttpSettings::max_body_bytes>::assign},
    {.name = "header_timeout", .kind = Kind::duration,
     .description = "From the first byte of a request to the end of its header.", .fallback = "10s", .least = 10 * ms,
     .most = hours, .assign = Into<&HttpSettings::header_timeout>::assign},
    {.name = "body_timeout", .kind = Kind::duration,
     .description = "Without progress while a body is read or an answer is written.", .fallback = "30s", .least = 10 * ms,
     .most = hours, .assign = Into<&HttpSettings::body_timeout>::assign},
    {.name = "idle_timeout", .kind = Kind::duration, .description = "Between two requests of a connection.",
     .fallback = "1m", .least = 10 * ms, .most = 24 * hours, .assign = Into<&HttpSettings::idle_timeout>::assign},
};

const Key store_keys[] = {
    {.name = "driver", .kind = Kind::choice, .description = "What keeps the resources.", .fallback = "sqlite",
     .choices = drivers, .assign = Into<&StoreSettings::driver>::assign},
    {.name = "path", .kind = Kind::data_path, .description = "The database file, relative to `data_dir`.",
     .fallback = "backplane.db", .assign = Into<&StoreSettings::path>::assign},
    {.name = "busy_timeout", .kind = Kind::duration, .description = "How long a write waits for a database that another process holds.",
     .fallback = "5s", .most = hours, .assign = Into<&StoreSettings::busy_timeout>::assign},
    {.name = "max_batch", .kind = Kind::integer, .description = "Units of work that are written in one transaction, at most.",
     .fallback = "512", .least = 1, .most = 65536, .assign = Into<&StoreSettings::max_batch>::assign},
    {.name = "ballast", .kind = Kind::bytes,
     .description = "Space on the disk that is held ready beside the database, and given up when the disk is full, so that what is to be "
                    "removed can be removed; 0: none.",
     .fallback = "16MiB", .most = 1024 * MiB, .assign = Into<&StoreSettings::ballast_bytes>::assign},
};

const Key operation_keys[] = {
    {.name = "budget", .kind = Kind::duration, .description = "Time for all handlers of one phase of an operation together.",
     .fallback = "5s", .least = ms, .most = hours, .assign = Into<&OperationSettings::budget>::assign},
    {.name = "deadline", .kind = Kind::duration,
     .description = "Time for one handler, unless its plugin has a `deadline`. At most the budget.", .fallback = "1s",
     .least = ms, .most = hours, .assign = Into<&OperationSettings::deadline>::assign},
    {.name = "max_depth", .kind = Kind::integer, .description = "How deep operations that plugins call may nest.",
     .fallback = "16", .least = 1, .most = 16, .assign = Into<&OperationSettings::max_depth>::assign},
    {.name = "max_document", .kind = Kind::bytes, .description = "Size of a resource's document.", .fallback = "1MiB",
     .least = KiB, .most = 256 * MiB, .assign = Into<&OperationSettings::max_document_bytes>::assign},
    {.name = "max_json_depth", .kind = Kind::integer, .description = "Levels of nesting in a document.", .fallback = "64",
     .least = 1, .most = 512, .assign = Into<&OperationSettings::max_json_depth>::assign},
    {.name = "max_page", .kind = Kind::integer, .description = "Resources on one page of a search.", .fallback = "1000",
     .least = 1, .most = 10000, .assign = Into<&OperationSettings::max_page>::assign},
    {.name = "workers", .kind = Kind::integer, .description = "Threads that run operations, at least.", .fallback = "4",
     .least = 1, .most = 1024, .assign = Into<&OperationSettings::workers>::assign},
    {.name = "max_workers", .kind = Kind::integer,
     .description = "Threads that run operations while handlers hold some of them up, at most.", .fallback = "256",
     .least = 1, .most = 4096, .assign = Into<&OperationSettings::max_workers>::assign},
    {.name = "max_waiting", .kind = Kind::integer,
     .description = "Operations that wait for one of these threads, at most. Callers beyond it are turned away at once (503, "
                    "`unavailable`); what is under way, and what plugins ask for, is not.",
     .fallback = "10000", .least = 1, .most = 1'000'000, .assign = Into<&OperationSettings::max_waiting>::assign},
    {.name = "keep_answers", .kind = Kind::duration, .description = "How long the answer to an idempotency key is kept.",
     .fallback = "1d", .least = seconds, .most = hours * 24 * 365, .assign = Into<&OperationSettings::keep_answers>::assign},
};

const Key retention_keys[] = {
    {.name = "max_age", .kind = Kind::duration, .description = "Events older than that.", .otherwise = "no limit", .least = seconds,
     .most = hours * 24 * 36'500, .assign = Into<&RetentionSettings::max_age>::assign},
    {.name = "max_events", .kind = Kind::integer, .description = "Events beyond so many.", .otherwise = "no limit", .least = 1,
     .assign = Into<&RetentionSettings::max_events>::assign},
    {.name = "max_bytes", .kind = Kind::bytes, .description = "Events beyond so many bytes together.", .otherwise = "no limit",
     .least = MiB, .assign = Into<&RetentionSettings::max_bytes>::assign},
    {.name = "unread", .kind = Kind::choice,
     .description = "What becomes of such events that a durable subscription has not done with, dead letters included: they are kept "
                    "for it, or dropped all the same.",
     .fallback = "kept", .choices = unread_events, .assign = Into<&RetentionSettings::unread>::assign},
};

const Key retry_keys[] = {
    {.name = "attempts", .kind = Kind::integer,
     .description = "Calls for one event before it is a dead letter, unless its subscription says otherwise.", .fallback = "12", .least = 1,
     .most = 1000, .assign = Into<&RetrySettings::attempts>::assign},
    {.name = "first_delay", .kind = Kind::duration, .description = "Time before the second call; doubled at each one, with jitter.",
     .fallback = "1s", .least = ms, .most = hours, .assign = Into<&RetrySettings::first_delay>::assign},
    {.name = "longest_delay", .kind = Kind::duration, .description = "It does not become longer than that.", .fallback = "1h", .least = ms,
     .most = hours * 24 * 7, .assign = Into<&RetrySettings::longest_delay>::assign},
};

const Key event_keys[] = {
    {.name = "log", .kind = Kind::boolean,
     .description = "Whether events are kept in the event log of the store. Without it nothing is durable, and nothing can be replayed.",
     .fallback = "true", .assign = Into<&EventSettings::log>::assign},
    {.name = "max_queued", .kind = Kind::integer,
     .description = "Events that wait in memory for one background subscription; what comes beyond them is read back from the log, or "
                    "refused to its publisher when it is in no log.",
     .fallback = "10000", .least = 16, .most = 1'000'000, .assign = Into<&EventSettings::max_queued>::assign},
    {.name = "max_queued_bytes", .kind = Kind::bytes, .description = "Size of these events together.", .fallback = "64MiB",
     .least = MiB, .most = 1024 * MiB, .assign = Into<&EventSettings::max_queued_bytes>::assign},
    {.name = "handlers", .kind = Kind::integer,
     .description = "Events that one background or durable subscription handles at a time.", .fallback = "4", .least = 1, .most = 256,
     .assign = Into<&EventSettings::handlers>::assign},
    {.name = "retries", .kind = Kind::section, .description = "How durable subscriptions try again what failed.", .members = retry_keys,
     .enter = Into<&EventSettings::retries>::enter},
    {.name = "retention", .kind = Kind::section,
     .description = "What the event log need not keep: removed from its beginning, once a minute. Without a limit it keeps everything.",
     .members = retention_keys, .enter = Into<&EventSettings::retention>::enter},
};

const Key reload_keys[] = {
    {.name = "drain", .kind = Kind::duration,
     .description = "How long a reload waits for handlers of the old generation. Then it is given up, and the old generation goes on.",
     .fallback = "5s", .most = hours, .assign = Into<&ReloadSettings::drain>::assign},
    {.name = "stop", .kind = Kind::duration,
     .description = "How long the old generation may take to stop and to save its state, and the new one to load it and to start, each.",
     .fallback = "5s", .least = ms, .most = hours, .assign = Into<&ReloadSettings::stop>::assign},
    {.name = "max_state", .kind = Kind::bytes, .description = "Size of the state that a plugin hands over.", .fallback = "16MiB",
     .most = 1024 * MiB, .assign = Into<&ReloadSettings::max_state_bytes>::assign},
    {.name = "max_parked", .kind = Kind::integer,
     .description = "Generations of all plugins together whose code stays in memory after they were unloaded. Then no more reloads, until a "
                    "restart.",
     .fallback = "64", .most = 65536, .assign = Into<&ReloadSettings::max_parked>::assign},
};

const Key resource_keys[] = {
    {.name = "type", .kind = Kind::text, .description = "The name of the resource type, as in `/v1/resources/{type}`.",
     .required = true, .pattern = resource_type_pattern, .check = model::check_resource_type,
     .assign = Into<&ResourceType::type>::assign},
    {.name = "schema", .kind = Kind::json_schema, .description = "A file that holds the JSON Schema (draft 7) of its documents.",
     .otherwise = "any JSON", .assign = Into<&ResourceType::schema>::assign},
    {.name = "index", .kind = Kind::texts, .description = "JSON Pointers that searches may filter and sort by.",
     .otherwise = "none", .pattern = pointer_pattern, .check = check_index_pointer,
     .assign = Into<&ResourceType::index>::assign},
};

const Key order_keys[] = {
    {.name = "before", .kind = Kind::texts, .description = "Plugins whose hooks run after those of this one.",
     .otherwise = "none", .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .assign = Into<&PluginSettings::before>::assign},
    {.name = "after", .kind = Kind::texts, .description = "Plugins whose hooks run before those of this one.",
     .otherwise = "none", .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .assign = Into<&PluginSettings::after>::assign},
};

const Key grant_keys[] = {
    {.name = "resources", .kind = Kind::actions, .description = "Operations that the plugin may ask the host for.",
     .otherwise = "none", .assign = Into<&Grants::resources>::assign},
    {.name = "hooks", .kind = Kind::actions, .description = "Operations that the plugin may hook into.",
     .otherwise = "none", .assign = Into<&Grants::hooks>::assign},
    {.name = "publish", .kind = Kind::texts, .description = "Event types that it may publish: exact, `order.*` (one segment), `order.>` (the rest), `*`.",
     .otherwise = "none", .pattern = model::event_pattern_regex, .check = model::check_event_pattern, .assign = Into<&Grants::publish>::assign},
    {.name = "subscribe", .kind = Kind::texts, .description = "Event types that it may subscribe to.",
     .otherwise = "none", .pattern = model::event_pattern_regex, .check = model::check_event_pattern, .assign = Into<&Grants::subscribe>::assign},
};

const Key plugin_keys[] = {
    {.name = "id", .kind = Kind::text, .description = "The name of the plugin in this host: in logs, errors, metrics and grants.",
     .required = true, .pattern = plugin_id_pattern, .check = model::check_plugin_id,
     .assign = Into<&PluginSettings::id>::assign},
    {.name = "library", .kind = Kind::text,
     .description = "Its shared library: a name (`audit_log` is `libaudit_log.so` in one of `plugin_dirs`, the first that has it), or "
                    "a path, with a slash in it, relative to the file that it stands in.",
     .required = true, .assign = Into<&PluginSettings::library>::assign},
    {.name = "config", .kind = Kind::document,
     .description = "Its configuration, checked against the plugin's own schema. A text `file:<path>` stands for the content of "
                    "that file (see Secrets).",
     .otherwise = "{}", .assign = Into<&PluginSettings::config>::assign},
    {.name = "order", .kind = Kind::section, .description = "Where its hooks stand among those of others; else: the order of the manifest.",
     .members = order_keys, .enter = stay},
    {.name = "grants", .kind = Kind::section, .description = "What it may do. Nothing is granted by default.",
     .members = grant_keys, .enter = Into<&PluginSettings::grants>::enter},
    {.name = "on_fault", .kind = Kind::choice,
     .description = "What a fault of one of its `before` handlers (an exception, a timeout) does to the operation.",
     .fallback = "fail", .choices = on_faults, .assign = Into<&PluginSettings::on_fault>::assign},
    {.name = "deadline", .kind = Kind::duration, .description = "Time for one of its handlers. At most `operations.budget`.",
     .otherwise = "`operations.deadline`", .least = ms, .most = hours, .assign = Into<&PluginSettings::deadline>::assign},
    {.name = "required", .kind = Kind::boolean,
     .description = "Whether the host refuses to start without it; false: it says so in the log and goes on.", .fallback = "true",
     .assign = Into<&PluginSettings::required>::assign},
    {.name = "threading", .kind = Kind::choice,
     .description = "Whether its handlers run concurrently or one at a time; by_metadata: as the plugin itself says.",
     .fallback = "by_metadata", .choices = threadings, .assign = Into<&PluginSettings::threading>::assign},
    {.name = "reload", .kind = Kind::choice, .description = "When it is reloaded: when asked to, or also when its file changes.",
     .fallback = "manual", .choices = reloads, .assign = Into<&PluginSettings::reload>::assign},
};

const Key keys[] = {
    {.name = "version", .kind = Kind::integer, .description = "The version of this format.", .required = true, .least = 1, .most = 1},
    {.name = "data_dir", .kind = Kind::path, .description = "The folder for what the host writes; made when it is missing.",
     .fallback = "./data", .assign = Into<&Settings::data_dir>::assign},
    {.name = "include", .kind = Kind::include,
     .description = "More files with resources and plugins, see Fragments: a folder (its *.yaml and *.yml), a file, a pattern such "
                    "as `plugins.d/*.yaml`, or a list of these.",
     .otherwise = "none", .in_fragments = true},
    {.name = "log", .kind = Kind::section, .description = "The host's log, on standard error.", .members = log_keys,
     .enter = Into<&Settings::log>::enter},
    {.name = "http", .kind = Kind::section, .description = "The HTTP server.", .members = http_keys,
     .enter = Into<&Settings::http>::enter},
    {.name = "store", .kind = Kind::section, .description = "Where resources are kept.", .members = store_keys,
     .enter = Into<&Settings::store>::enter},
    {.name = "operations", .kind = Kind::section, .description = "Limits of an operation.", .members = operation_keys,
     .enter = Into<&Settings::operations>::enter},
    {.name = "events", .kind = Kind::section, .description = "Events: their log and their queues.", .members = event_keys,
     .enter = Into<&Settings::events>::enter},
    {.name = "reload", .kind = Kind::section, .description = "Limits of a reload.", .members = reload_keys,
     .enter = Into<&Settings::reload>::enter},
    {.name = "drain", .kind = Kind::duration, .description = "How long a shutdown waits for what was accepted.",
     .fallback = "10s", .most = hours, .assign = Into<&Settings::drain>::assign},
    {.name = "resources", .kind = Kind::sections, .description = "The resource types.", .in_fragments = true,
     .members = resource_keys, .enter = Into<&Settings::resources>::append},
    {.name = "plugin_dirs", .kind = Kind::paths, .description = "Folders in which libraries are looked for, in this order.",
     .otherwise = "none", .in_fragments = true, .assign = add_plugin_dirs},
    {.name = "plugins", .kind = Kind::sections, .description = "The plugins, in the order of their hooks.", .in_fragments = true,
     .members = plugin_keys, .enter = Into<&Settings::plugins>::append},
};

}  // namespace

std::span<const Key> manifest_keys() { return keys; }

std::vector<Key> fragment_keys() {
  std::vector<Key> some;
  std::copy_if(std::begin(keys), std::end(keys), std::back_inserter(some), [](const Key& key) { return key.in_fragments; });
  return some;
}

}  // namespace backplane::manifest
