// What the manifest says, checked: plain values that the rest of the host is made from. The defaults are those of the table
// of keys (schema.hpp); default_settings() (read.hpp) is a Settings made of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/log.hpp"
#include "model/action.hpp"
#include "model/document.hpp"

namespace backplane::manifest {

using Duration = std::chrono::microseconds;

struct LogSettings {
  base::LogLevel level = base::LogLevel::info;
  base::LogFormat format = base::LogFormat::text;
};

struct HttpSettings {
  std::string address;  // an IP address; loopback only
  std::uint16_t port{};          // 0: any free one
  std::size_t threads{};          // 0: one per processor, at most 4
  std::size_t max_connections{};
  std::size_t max_header_bytes{};
  std::size_t max_body_bytes{};   // of every request but load
  Duration header_timeout{};             // from the first byte of a request to the end of its header
  Duration body_timeout{};               // without progress, reading a body or writing an answer
  Duration idle_timeout{};               // between two requests of a connection
};

struct StoreSettings {
  std::string driver;
  std::filesystem::path path;  // of the database file, absolute
  Duration busy_timeout{};
  std::size_t max_batch{};  // units of work in one transaction
  std::uint64_t ballast_bytes{};
};

struct OperationSettings {
  Duration budget{};               // for the whole chain of one phase
  Duration deadline{};             // for one handler, unless its plugin has its own
  std::size_t max_depth{};      // of operations set off by operations
  std::size_t max_document_bytes{};
  std::size_t max_json_depth{};
  std::size_t max_page{};       // of a search
  std::size_t workers{};        // threads at least
  std::size_t max_workers{};    // threads at most
  std::size_t max_waiting{};    // operations of callers that wait for a thread
  Duration keep_answers{};         // of idempotency keys
};

// What the event log need not keep; 0: no limit of that kind.
struct RetentionSettings {
  enum class Unread { kept, dropped };  // events that a durable subscription has not done with
  Duration max_age{};
  std::uint64_t max_events{};
  std::uint64_t max_bytes{};
  Unread unread = Unread::kept;
};

struct RetrySettings {
  std::uint32_t attempts{};  // calls for one event
  Duration first_delay{};    // doubled at each attempt
  Duration longest_delay{};
};

struct EventSettings {
  bool log{};                        // whether events are kept in the event log
  std::size_t max_queued{};          // events that wait for one background subscription in memory
  std::size_t max_queued_bytes{};    // of them together
  std::size_t handlers{};            // of one background or durable subscription at a time
  RetrySettings retries;
  RetentionSettings retention;
};

struct ReloadSettings {
  Duration drain{};               // for handlers of the old generation
  Duration stop{};                // for each of stop, save, load and start
  std::size_t max_state_bytes{};  // handed over by one plugin
  std::size_t max_parked{};       // generations kept in memory after they were unloaded
};

struct ResourceType {
  std::string type;
  std::optional<base::Json> schema;    // the JSON Schema itself, read from its file
  std::vector<std::string> index;      // JSON Pointers that searches may filter and sort by
};

// Resource types, or "*", and the actions allowed on each.
using ActionsByType = std::map<std::string, model::ActionSet>;

struct Grants {
  ActionsByType resources;            // operations that the plugin may ask for
  ActionsByType hooks;                // where it may hook in
  std::vector<std::string> publish;   // event type patterns
  std::vector<std::string> subscribe;
};

enum class OnFault { fail, ignore };
enum class Threading { by_metadata, serial };
enum class Reload { manual, watch };

struct PluginSettings {
  std::string id;
  std::string library;                  // a name looked for in plugin_dirs, or a path
  std::filesystem::path library_path;   // the file found, absolute; empty when none was
  model::Document config;               // an object
  std::vector<std::string> before;      // order: plugins that come after this one
  std::vector<std::string> after;       // order: plugins that come before this one
  Grants grants;
  OnFault on_fault = OnFault::fail;
  std::optional<Duration> deadline;
  bool required = true;                 // false: a host without it starts all the same
  Threading threading = Threading::by_metadata;
  Reload reload = Reload::manual;       // when asked to, or also when its file changes
  std::string where;                    // file:line:column of the entry, for messages
};

struct Settings {
  std::filesystem::path file;           // the manifest, absolute
  std::filesystem::path data_dir;       // absolute
  LogSettings log;
  HttpSettings http;
  StoreSettings store;
  OperationSettings operations;
  EventSettings events;
  ReloadSettings reload;
  std::vector<ResourceType> resources;
  std::vector<std::filesystem::path> plugin_dirs;
  std::vector<PluginSettings> plugins;  // in the order of the manifest
  Duration drain{};                     // how long a shutdown waits for what was accepted
};

}  // namespace backplane::manifest
