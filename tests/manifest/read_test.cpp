#include <nlohmann/json.hpp>

#include "manifest/folder.hpp"

using namespace backplane;
using namespace backplane::manifest;
using namespace std::chrono_literals;

TEST_CASE("the least that a manifest says is its version; all else has a default") {
  const Folder folder;
  const Settings settings = folder.settings("version: 1\n");
  const auto here = std::filesystem::canonical(folder.path());
  CHECK(settings.file == folder.path() / "m.yaml");
  CHECK(settings.data_dir == here / "data");
  CHECK(settings.store.path == here / "data/backplane.db");
  CHECK(settings.store.driver == "sqlite");
  CHECK(settings.store.max_batch == 512);
  CHECK(settings.store.busy_timeout == 5s);
  CHECK(settings.store.ballast_bytes == 16 << 20);
  CHECK(settings.http.address == "127.0.0.1");
  CHECK(settings.http.port == 8080);
  CHECK(settings.http.max_connections == 1024);
  CHECK(settings.http.max_header_bytes == 16 << 10);
  CHECK(settings.http.max_body_bytes == 1 << 20);
  CHECK(settings.http.header_timeout == 10s);
  CHECK(settings.http.body_timeout == 30s);
  CHECK(settings.http.idle_timeout == 1min);
  CHECK(settings.operations.budget == 5s);
  CHECK(settings.operations.deadline == 1s);
  CHECK(settings.operations.max_depth == 16);
  CHECK(settings.operations.max_document_bytes == 1 << 20);
  CHECK(settings.operations.max_json_depth == 64);
  CHECK(settings.operations.max_page == 1000);
  CHECK(settings.operations.workers == 4);
  CHECK(settings.operations.max_workers == 256);
  CHECK(settings.operations.max_waiting == 10000);
  CHECK(settings.operations.keep_answers == 24h);
  CHECK(settings.events.log);
  CHECK(settings.events.max_queued == 10000);
  CHECK(settings.events.max_queued_bytes == 64 << 20);
  CHECK(settings.events.handlers == 4);
  CHECK(settings.events.retries.attempts == 12);
  CHECK(settings.events.retries.first_delay == 1s);
  CHECK(settings.events.retries.longest_delay == 1h);
  CHECK(settings.events.retention.max_age == 0s);
  CHECK(settings.events.retention.max_events == 0);
  CHECK(settings.events.retention.max_bytes == 0);
  CHECK(settings.events.retention.unread == RetentionSettings::Unread::kept);
  CHECK(settings.reload.drain == 5s);
  CHECK(settings.reload.stop == 5s);
  CHECK(settings.reload.max_state_bytes == 16 << 20);
  CHECK(settings.reload.max_parked == 64);
  CHECK(settings.drain == 10s);
  CHECK(settings.log.level == base::LogLevel::info);
  CHECK(settings.log.format == base::LogFormat::text);
  CHECK(settings.plugins.empty());
}

TEST_CASE("sections that say nothing have their defaults") {
  const Folder folder;
  const Settings settings = folder.settings("version: 1\nhttp:\nlog: {}\nplugins:\nresources: []\noperations: ~\n");
  CHECK(settings.http.port == 8080);
  CHECK(settings.operations.budget == 5s);
}

TEST_CASE("the default settings are those of an empty manifest, and of values that are made by hand") {
  const Settings defaults = default_settings();
  CHECK(defaults.http.port == 8080);
  CHECK(defaults.data_dir == std::filesystem::current_path() / "data");
  CHECK(defaults.store.path == std::filesystem::current_path() / "data/backplane.db");
  CHECK(defaults.log.level == LogSettings{}.level);
  CHECK(defaults.log.format == LogSettings{}.format);

  const Folder folder;
  const PluginSettings plugin = folder.settings("version: 1\nplugins: [{ id: a, library: ./m.yaml }]\n").plugins.at(0);
  CHECK(plugin.on_fault == PluginSettings{}.on_fault);
  CHECK(plugin.required == PluginSettings{}.required);
  CHECK(plugin.threading == PluginSettings{}.threading);
  CHECK(plugin.reload == PluginSettings{}.reload);
  CHECK_FALSE(plugin.deadline.has_value());
  CHECK(plugin.config.text() == "{}");
}

TEST_CASE("every value of a full manifest arrives") {
  const Folder folder;
  folder.write("libs/liba.so", "");
  folder.write("note.json", R"({"type": "object"})");
  const Settings settings = folder.settings(R"(
version: 1
data_dir: /var/lib/backplane
log: { level: debug, format: json }
http:
  listen: "[::1]:0"
  threads: 2
  max_connections: 10
  max_header: 8KiB
  max_body: 2MB
  header_timeout: 100ms
  body_timeout: 1m30s
  idle_timeout: 2h
store: { driver: sqlite, path: /elsewhere/x.db, busy_timeout: 0s, max_batch: 1, ballast: 1MiB }
operations: { budget: 2s, deadline: 20ms, max_depth: 3, max_document: 64KiB, max_json_depth: 8, max_page: 10, workers: 1,
              max_workers: 2, max_waiting: 5, keep_answers: 1h }
events:
  log: true
  max_queued: 20
  max_queued_bytes: 1MiB
  handlers: 2
  retries: { attempts: 3, first_delay: 5ms, longest_delay: 1m }
  retention: { max_age: 30d, max_events: 1000, max_bytes: 2GiB, unread: dropped }
reload: { drain: 0s, stop: 1s, max_state: 1KiB, max_parked: 3 }
drain: 1s
resources:
  - type: note
    schema: note.json
    index: [/title, /a~1b]
  - type: task
plugin_dirs: [libs]
plugins:
  - id: a
    library: a
    config: { path: x, list: [1, 2] }
    order: { before: [b] }
    grants:
      resources: { note: [read, create] }
      hooks: { "*": [full], task: [] }
      publish: [audit.*]
      subscribe: ["*", "order.>"]
    on_fault: ignore
    deadline: 200ms
    required: false
    threading: serial
    reload: watch
  - id: b
    library: a
    order: { after: [a] }
)");
  CHECK(settings.data_dir == "/var/lib/backplane");
  CHECK(settings.log.level == base::LogLevel::debug);
  CHECK(settings.log.format == base::LogFormat::json);
  CHECK(settings.reload.drain == 0s);
  CHECK(settings.reload.stop == 1s);
  CHECK(settings.reload.max_state_bytes == 1 << 10);
  CHECK(settings.reload.max_parked == 3);
  CHECK(settings.http.address == "::1");
  CHECK(settings.http.port == 0);
  CHECK(settings.http.max_body_bytes == 2'000'000);
  CHECK(settings.http.body_timeout == 90s);
  CHECK(settings.store.path == "/elsewhere/x.db");
  CHECK(settings.store.ballast_bytes == 1 << 20);
  CHECK(settings.operations.deadline == 20ms);
  CHECK(settings.operations.max_waiting == 5);
  CHECK(settings.events.handlers == 2);
  CHECK(settings.events.retries.attempts == 3);
  CHECK(settings.events.retries.first_delay == 5ms);
  CHECK(settings.events.retries.longest_delay == 1min);
  CHECK(settings.events.retention.max_age == 720h);
  CHECK(settings.events.retention.max_events == 1000);
  CHECK(settings.events.retention.max_bytes == std::uint64_t{2} << 30u);
  CHECK(settings.events.retention.unread == RetentionSettings::Unread::dropped);
  REQUIRE(settings.resources.size() == 2);
  CHECK(settings.resources[0].schema == base::Json({{"type", "object"}}));
  CHECK(settings.resources[0].index == std::vector<std::string>{"/title", "/a~1b"});
  CHECK_FALSE(settings.resources[1].schema.has_value());
  REQUIRE(settings.plugins.size() == 2);
  const PluginSettings& a = settings.plugins[0];
  CHECK(a.config.text() == R"({"list":[1,2],"path":"x"})");
  CHECK(a.before == std::vector<std::string>{"b"});
  CHECK(a.grants.resources.at("note") == (model::actions::read | model::Action::create));
  CHECK(a.grants.hooks.at("*") == model::actions::full);
  CHECK(a.grants.hooks.at("task").empty());
  CHECK(a.grants.publish == std::vector<std::string>{"audit.*"});
  CHECK(a.grants.subscribe == std::vector<std::string>{"*", "order.>"});
  CHECK(a.on_fault == OnFault::ignore);
  CHECK(a.deadline == Duration(200ms));
  CHECK_FALSE(a.required);
  CHECK(a.threading == Threading::serial);
  CHECK(a.reload == Reload::watch);
  CHECK(folder.without_path(a.where) == "m.yaml:33:5");
  CHECK(settings.plugins[1].after == std::vector<std::string>{"a"});
}
