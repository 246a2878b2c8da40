#include "manifest/difference.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "manifest/folder.hpp"
#include "manifest/schema.hpp"

using namespace backplane;
using namespace backplane::manifest;

namespace {

// What to_text() says of two manifests in a folder with a library and two schemas, without the path of the folder.
class Two {
 public:
  Two() {
    folder_.write("libs/libgood.so", "not loaded here");
    folder_.write("libs/libother.so", "not loaded here");
    folder_.write("newer/libgood.so", "not loaded here");
    folder_.write("text.json", R"({"type": "string"})");
    folder_.write("object.json", R"({"type": "object"})");
  }

  Difference between(const std::string& running, const std::string& wanted) const {
    const Settings before = folder_.settings("version: 1\n" + running);
    return difference_between(before, folder_.settings("version: 1\n" + wanted));
  }
  std::string text(const std::string& running, const std::string& wanted) const {
    return folder_.without_path(to_text(between(running, wanted)));
  }

 private:
  Folder folder_;
};

std::string plugins(const std::vector<std::string>& entries) {
  std::string text = "plugin_dirs: [libs]\nresources: [{ type: note }]\nplugins:\n";
  for (const std::string& entry : entries) text += "  - { library: good, " + entry + " }\n";
  return text;
}

// The paths of all keys outside of resources and plugins that can be compared.
void add_paths(std::span<const Key> keys, const std::string& path, std::set<std::string>& paths) {
  for (const Key& key : keys) {
    if (key.kind == Kind::section) add_paths(key.members, path + std::string(key.name) + '.', paths);
    else if (key.kind != Kind::sections) paths.insert(path + std::string(key.name));
  }
}

void check_ways(std::span<const Key> keys, const std::string& path) {
  for (const Key& key : keys) {
    const std::string here = path + std::string(key.name);
    INFO(here);
    CHECK((key.access.read != nullptr) == (key.access.assign != nullptr && here != "plugin_dirs"));
    CHECK((key.access.look != nullptr) == (key.kind == Kind::section));
    check_ways(key.members, here + '.');
  }
}

}  // namespace

TEST_CASE("a manifest does not differ from itself, nor from one that says the same in other words") {
  const Two two;
  CHECK(two.between("", "").empty());
  CHECK(two.text("drain: 60s\nresources: [{ type: note, index: [/a] }]\n", "resources:\n  - { index: [/a], type: note }\ndrain: 1m\n") == "");
  CHECK(two.text(plugins({"id: a, config: { x: 1, y: 2 }"}), plugins({"config: { y: 2, x: 1 }, id: a"})) == "");
}

TEST_CASE("plugins that were added, removed and changed are told with the keys that changed") {
  const Two two;
  CHECK(two.text(plugins({"id: a", "id: b"}), plugins({"id: b", "id: c"})) == "plugin a: removed\nplugin c: added\n");
  CHECK(two.text(plugins({"id: a"}),
                 plugins({"id: a, deadline: 200ms, on_fault: ignore, required: false, threading: serial, reload: watch"})) ==
        "plugin a: on_fault: fail -> ignore\n"
        "plugin a: deadline: operations.deadline -> 200ms\n"
        "plugin a: required: true -> false\n"
        "plugin a: threading: by_metadata -> serial\n"
        "plugin a: reload: manual -> watch\n");
  CHECK(two.text(plugins({"id: a, grants: { hooks: { '*': [get, create] }, publish: [a.*] }"}),
                 plugins({"id: a, grants: { resources: { note: [get] }, hooks: { note: [create] }, publish: [a.*, b] }"})) ==
        "plugin a: grants.resources: none -> { note: [get] }\n"
        "plugin a: grants.hooks: { \"*\": [create, get] } -> { note: [create] }\n"
        "plugin a: grants.publish: [a.*] -> [a.*, b]\n");
}

TEST_CASE("another library is told by its name, or by its file when the name is the same") {
  const Two two;
  const auto in = [](const std::string& folder, const std::string& library) {
    return "plugin_dirs: [" + folder + "]\nplugins: [{ id: a, library: " + library + " }]\n";
  };
  CHECK(two.text(in("libs", "good"), in("libs", "other")) == "plugin a: library: good -> other\n");
  CHECK(two.text(in("libs", "good"), in("newer", "good")) == "plugin a: library: libs/libgood.so -> newer/libgood.so\n");
}

TEST_CASE("of a config is told that it changed, and nothing of what is in it") {
  const Two two;
  const auto difference = two.between(plugins({"id: a, config: { token: old-secret }"}), plugins({"id: a, config: { token: new-secret }"}));
  CHECK(to_text(difference) == "plugin a: config changed\n");
  CHECK(to_json(difference)["plugins"]["changed"] == base::Json::parse(R"({"a":[{"path":"config"}]})"));
  CHECK(to_json(difference).dump().find("secret") == std::string::npos);
}

TEST_CASE("plugins whose hooks stand elsewhere are told, as few as explain the new order") {
  const Two two;
  const auto moved = [&](const std::vector<std::string>& running, const std::vector<std::string>& wanted) {
    return two.text(plugins(running), plugins(wanted));
  };
  CHECK(moved({"id: a", "id: b", "id: c", "id: d"}, {"id: d", "id: a", "id: b", "id: c"}) == "plugin d: its hooks move to the front\n");
  CHECK(moved({"id: a", "id: b", "id: c", "id: d"}, {"id: b", "id: c", "id: a", "id: d"}) == "plugin a: its hooks move behind those of c\n");
  CHECK(moved({"id: a", "id: b", "id: c"}, {"id: x", "id: a", "id: c"}) == "plugin b: removed\nplugin x: added\n");
  CHECK(moved({"id: a", "id: b"}, {"id: a, order: { after: [b] }", "id: b"}) ==
        "plugin a: order.after: none -> [b]\nplugin a: its hooks move behind those of b\n");
  CHECK(moved({"id: a", "id: b"}, {"id: a, order: { before: [b] }", "id: b"}) == "plugin a: order.before: none -> [b]\n");
}

TEST_CASE("resource types that were added, removed and changed are told with the keys that changed") {
  const Two two;
  CHECK(two.text("resources: [{ type: note }, { type: old }]\n", "resources: [{ type: task }, { type: note }]\n") ==
        "type old: removed\ntype task: added\n");
  CHECK(two.text("resources: [{ type: note, schema: text.json }]\n", "resources: [{ type: note, schema: object.json, index: [/a, /b] }]\n") ==
        "type note: schema: {\"type\":\"string\"} -> {\"type\":\"object\"}\ntype note: index: none -> [/a, /b]\n");
  CHECK(two.text("resources: [{ type: note, schema: text.json }]\n", "resources: [{ type: note }]\n") ==
        "type note: schema: {\"type\":\"string\"} -> any JSON\n");
}

TEST_CASE("limits that a reload applies are told apart from what needs a restart") {
  const Two two;
  const auto difference = two.between("", "log: { level: debug, format: json }\n"
                                          "http: { listen: '[::1]:9090' }\n"
                                          "operations: { deadline: 2s, workers: 8 }\n"
                                          "events: { log: false, retries: { attempts: 3 }, retention: { max_bytes: 2MiB } }\n"
                                          "reload: { max_state: 1MiB }\n"
                                          "drain: 20s\n");
  CHECK(to_text(difference) ==
        "log.level: info -> debug\n"
        "operations.deadline: 1s -> 2s\n"
        "events.retries.attempts: 12 -> 3\n"
        "events.retention.max_bytes: no limit -> 2MiB\n"
        "reload.max_state: 16MiB -> 1MiB\n"
        "log.format: text -> json (needs a restart)\n"
        "http.listen: 127.0.0.1:8080 -> [::1]:9090 (needs a restart)\n"
        "operations.workers: 4 -> 8 (needs a restart)\n"
        "events.log: true -> false (needs a restart)\n"
        "drain: 10s -> 20s (needs a restart)\n");
  CHECK(to_json(difference)["restart"][1] ==
        base::Json::parse(R"({"path":"http.listen","before":"127.0.0.1:8080","after":"[::1]:9090"})"));
}

TEST_CASE("another data_dir takes the database with it") {
  const Two two;
  CHECK(two.text("data_dir: one\n", "data_dir: two\n") ==
        "data_dir: one -> two (needs a restart)\nstore.path: one/backplane.db -> two/backplane.db (needs a restart)\n");
}

TEST_CASE("what is written into the settings of a plugin or type can be read out of them") { check_ways(manifest_keys(), ""); }

TEST_CASE("every key is compared, but those that have no value of their own") {
  std::set<std::string> keys;
  add_paths(manifest_keys(), "", keys);
  for (const char* const without : {"version", "include", "plugin_dirs"}) CHECK(keys.erase(without) == 1);
  const Two two;
  // Each of them with another value than its default, and of these no key has two.
  const auto difference = two.between("", R"(
data_dir: elsewhere
log: { level: debug, format: json }
http: { listen: '127.0.0.1:1', threads: 3, max_connections: 5, max_header: 1KiB, max_body: 1KiB, header_timeout: 1s, body_timeout: 1s,
        idle_timeout: 1s }
store: { path: x.db, busy_timeout: 1s, max_batch: 5, ballast: 0B }
operations: { budget: 1h, deadline: 2s, max_depth: 3, max_document: 1KiB, max_json_depth: 3, max_page: 3, workers: 3, max_workers: 5,
              max_waiting: 3, keep_answers: 1h }
events: { log: false, max_queued: 20, max_queued_bytes: 1MiB, handlers: 3, retries: { attempts: 3, first_delay: 2s, longest_delay: 2h },
          retention: { max_age: 1d, max_events: 3, max_bytes: 1MiB, unread: dropped } }
reload: { drain: 1s, stop: 1s, max_state: 1KiB, max_parked: 3 }
drain: 3s
)");
  for (const auto* const changes : {&difference.limits, &difference.restart})
    for (const KeyChange& change : *changes) {
      INFO(change.path);
      CHECK(keys.erase(change.path) == 1);
      CHECK(change.before != change.after);
    }
  CHECK(keys == std::set<std::string>{"store.driver"});  // which has one value only
}

TEST_CASE("a difference as JSON has every part, also those where nothing differs") {
  CHECK(to_json(Difference{}) ==
        base::Json::parse(R"({"types":{"added":[],"removed":[],"changed":{}},"plugins":{"added":[],"removed":[],"changed":{},"moved":[]},
                              "limits":[],"restart":[]})"));
  const Two two;
  const auto json = to_json(two.between(plugins({"id: a", "id: b", "id: c"}), plugins({"id: b", "id: a, deadline: 1s", "id: d"})));
  CHECK(json["plugins"] == base::Json::parse(R"({"added":["d"],"removed":["c"],
    "changed":{"a":[{"path":"deadline","before":"operations.deadline","after":"1s"}]},"moved":[{"plugin":"a","after":"b"}]})"));
}
