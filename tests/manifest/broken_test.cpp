#include <vector>

#include "manifest/folder.hpp"

using namespace backplane::manifest;

namespace {

struct Broken {
  const char* what;
  const char* manifest;
  const char* problems;
};

// Each stands in a folder with plugins/libgood.so, schemas/note.json (good), schemas/broken.json (not JSON) and
// schemas/list.json (JSON, but no schema).
const std::vector<Broken> broken{
    {"empty", "", "m.yaml:1:1: version: wanted a value, found none: this key is required\n"},
    {"a list at the top", "- version: 1\n", "m.yaml:1:1: wanted a map of keys, found a list\n"},
    {"a text at the top", "hello\n", "m.yaml:1:1: wanted a map of keys, found \"hello\"\n"},
    {"another version", "version: 2\n", "m.yaml:1:10: version: wanted 1, found \"2\"\n"},
    {"version as text", "version: '1'\n", "m.yaml:1:10: version: wanted a whole number, found the text \"1\"\n"},
    {"misspelt key", "version: 1\ndatadir: x\n",
     "m.yaml:2:1: datadir: wanted a key that is known here, found \"datadir\"; did you mean \"data_dir\"?\n"},
    {"misspelt key inside", "version: 1\nhttp: { lisen: '127.0.0.1:1' }\n",
     "m.yaml:2:9: http.lisen: wanted a key that is known here, found \"lisen\"; did you mean \"listen\"?\n"},
    {"unknown key", "version: 1\nlog: { colour: red }\n",
     "m.yaml:2:8: log.colour: wanted a key that is known here, found \"colour\"; known: level, format\n"},
    {"misspelt choice", "version: 1\nlog: { level: warn }\n",
     "m.yaml:2:15: log.level: wanted trace, debug, info, warning or error, found \"warn\"\n"},
    {"nearly a choice", "version: 1\nlog: { level: warnning }\n",
     "m.yaml:2:15: log.level: wanted trace, debug, info, warning or error, found \"warnning\"; did you mean \"warning\"?\n"},
    {"key twice", "version: 1\nlog: { level: info }\nlog: { level: debug }\n",
     "m.yaml:3:1: log: wanted each key once, found \"log\" a second time\n"},
    {"tab", "version: 1\nlog:\n\tlevel: info\n", "m.yaml:3:1: wanted spaces as indentation, found a tab\n"},
    {"tab after spaces", "version: 1\nlog:\n  \tlevel: info\n", "m.yaml:3:3: wanted spaces as indentation, found a tab\n"},
    {"unknown anchor", "version: 1\nlog: *missing\n",
     "m.yaml:2:6: wanted an alias of an anchor that stands above, found \"*missing\"\n"},
    {"alias inside its anchor", "version: 1\nlog: &a { level: *a }\n",
     "m.yaml:2:18: wanted an alias of something complete, found one inside its own anchor\n"},
    {"merge key", "version: 1\nlog: &a { level: info }\nhttp:\n  <<: *a\n",
     "m.yaml:4:3: http: wanted no merge key, found \"<<\": write the members out, or give a whole value by an alias\n"},
    {"two documents", "version: 1\n---\nversion: 1\n", "m.yaml:2:1: wanted one document, found a second one\n"},
    {"tag", "version: !!int 1\n",
     "m.yaml:1:10: wanted no tag, found \"tag:yaml.org,2002:int\": write a text in quotes, anything else plain\n"},
    {"key that is a list", "version: 1\n? [a, b]\n: c\n", "m.yaml:2:3: wanted a text without NUL as a key, found something else\n"},
    {"bracket not closed", "version: 1\nplugin_dirs: [a, b\n",
     "m.yaml:3:1: wanted YAML, found a mistake: end of sequence flow not found\n"},
    {"quote not closed", "version: 1\ndata_dir: \"x\n", "m.yaml:2:11: wanted YAML, found a mistake: a text whose quotes are not closed\n"},
    {"colon in a plain text", "version: 1\ndata_dir: a: b\n", "m.yaml:2:12: wanted YAML, found a mistake: illegal map value\n"},
    {"not UTF-8", "version: 1\n# caf\xe9\n", "m.yaml:2:6: wanted UTF-8 without NUL, found something else\n"},
    {"NUL in a text", "version: 1\ndata_dir: \"a\\0b\"\n",
     "m.yaml:2:11: data_dir: wanted a text without NUL, found \"a\\u0000b\"\n"},
    {"section that is a list", "version: 1\nlog: [info]\n", "m.yaml:2:6: log: wanted a map of keys, found a list\n"},
    {"list that is a map", "version: 1\nplugins: { id: a }\n", "m.yaml:2:10: plugins: wanted a list, found a map\n"},
    {"element that is nothing", "version: 1\nplugins:\n  -\n", "m.yaml:3:3: plugins[0]: wanted a map of keys, found nothing\n"},
    {"duration without a unit", "version: 1\ndrain: 10\n",
     "m.yaml:2:8: drain: wanted a duration such as 200ms, 5s or 1m30s (units d, h, m, s, ms, us), found \"10\"\n"},
    {"a log that may have no event", "version: 1\nevents: { retention: { max_events: 0, unread: lost } }\n",
     "m.yaml:2:36: events.retention.max_events: wanted at least 1, found \"0\"\n"
     "m.yaml:2:47: events.retention.unread: wanted kept or dropped, found \"lost\"\n"},
    {"no attempt at all", "version: 1\nevents: { retries: { attempts: 0 } }\n",
     "m.yaml:2:32: events.retries.attempts: wanted 1 to 1000, found \"0\"\n"},
    {"reload with limits out of range", "version: 1\nreload: { drain: 2h, stop: 0s, max_state: 2GiB, max_parked: -1 }\n",
     "m.yaml:2:18: reload.drain: wanted 0s to 1h, found \"2h\"\n"
     "m.yaml:2:28: reload.stop: wanted 1ms to 1h, found \"0s\"\n"
     "m.yaml:2:43: reload.max_state: wanted 0B to 1GiB, found \"2GiB\"\n"
     "m.yaml:2:61: reload.max_parked: wanted 0 to 65536, found \"-1\"\n"},
    {"plugin that is reloaded on its own", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, reload: always }]\n",
     "m.yaml:2:57: plugins[0].reload: wanted manual or watch, found \"always\"\n"},
    {"plugin that is made concurrent", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, threading: concurrent }]\n",
     "m.yaml:2:60: plugins[0].threading: wanted by_metadata or serial, found \"concurrent\"\n"},
    {"duration out of range", "version: 1\ndrain: 2h\n", "m.yaml:2:8: drain: wanted 0s to 1h, found \"2h\"\n"},
    {"size with a wrong unit", "version: 1\nhttp: { max_body: 1mb }\n",
     "m.yaml:2:19: http.max_body: wanted a size such as 64KiB or 1MB (units B, KB, MB, GB, KiB, MiB, GiB), found \"1mb\"\n"},
    {"size out of range", "version: 1\nhttp: { max_header: 10B }\n",
     "m.yaml:2:21: http.max_header: wanted 1KiB to 1MiB, found \"10B\"\n"},
    {"not a number", "version: 1\nhttp: { threads: many }\n",
     "m.yaml:2:18: http.threads: wanted a whole number, found \"many\"\n"},
    {"negative", "version: 1\nhttp: { threads: -1 }\n", "m.yaml:2:18: http.threads: wanted 0 to 64, found \"-1\"\n"},
    {"no value", "version: 1\nhttp:\n  listen:\n", "m.yaml:3:3: http.listen: wanted a value, found nothing\n"},
    {"no port", "version: 1\nhttp: { listen: 127.0.0.1 }\n",
     "m.yaml:2:17: http.listen: wanted an IP address and a port such as 127.0.0.1:8080 or [::1]:8080, found \"127.0.0.1\"\n"},
    {"every address", "version: 1\nhttp: { listen: '0.0.0.0:8080' }\n",
     "m.yaml:2:17: http.listen: wanted a loopback address (127.0.0.1 or [::1]): there is no access control yet, so no other "
     "address is served, found \"0.0.0.0:8080\"\n"},
    {"every IPv6 address", "version: 1\nhttp: { listen: '[::]:8080' }\n",
     "m.yaml:2:17: http.listen: wanted a loopback address (127.0.0.1 or [::1]): there is no access control yet, so no other "
     "address is served, found \"[::]:8080\"\n"},
    {"a host's name", "version: 1\nhttp: { listen: 'localhost:8080' }\n",
     "m.yaml:2:17: http.listen: wanted an IP address and a port such as 127.0.0.1:8080 or [::1]:8080, found \"localhost:8080\"\n"},
    {"wrong resource type", "version: 1\nresources: [{ type: Note }]\n",
     "m.yaml:2:21: resources[0].type: wanted [a-z][a-z0-9_-]{0,63}, found \"Note\"\n"},
    {"resource type twice", "version: 1\nresources:\n  - type: note\n  - type: note\n",
     "m.yaml:4:11: resources[1].type: wanted a name of its own, found \"note\", which m.yaml:3:5 has\n"},
    {"schema that is missing", "version: 1\nresources: [{ type: note, schema: schemas/none.json }]\n",
     "m.yaml:2:35: resources[0].schema: wanted a file that holds a JSON Schema, found \"schemas/none.json\": wanted a readable "
     "file, found: No such file or directory\n"},
    {"schema that is not JSON", "version: 1\nresources: [{ type: note, schema: schemas/broken.json }]\n",
     "m.yaml:2:35: resources[0].schema: wanted a file that holds a JSON Schema, found \"schemas/broken.json\": line 2, column 11: "
     "syntax error while parsing value - unexpected '}'; expected '[', '{', or a literal\n"},
    {"JSON that is no schema", "version: 1\nresources: [{ type: note, schema: schemas/list.json }]\n",
     "m.yaml:2:35: resources[0].schema: wanted a file that holds a JSON Schema, found \"schemas/list.json\": not a JSON Schema: "
     "wanted an object, found array\n"},
    {"index that is no pointer", "version: 1\nresources: [{ type: note, index: [title] }]\n",
     "m.yaml:2:35: resources[0].index[0]: wanted a JSON Pointer to a member such as /title or /author/name, found \"title\"\n"},
    {"index twice", "version: 1\nresources: [{ type: note, index: [/a, /a] }]\n",
     "m.yaml:2:39: resources[0].index[1]: wanted each once, found \"/a\" a second time\n"},
    {"plugin without id and library", "version: 1\nplugins:\n  - on_fault: fail\n",
     "m.yaml:3:5: plugins[0].id: wanted a value, found none: this key is required\n"
     "m.yaml:3:5: plugins[0].library: wanted a value, found none: this key is required\n"},
    {"plugin id twice", "version: 1\nplugins:\n  - { id: a, library: plugins/libgood.so }\n  - { id: a, library: plugins/libgood.so }\n",
     "m.yaml:4:11: plugins[1].id: wanted a name of its own, found \"a\", which m.yaml:3:5 has\n"},
    {"wrong plugin id", "version: 1\nplugins: [{ id: a_b, library: plugins/libgood.so }]\n",
     "m.yaml:2:17: plugins[0].id: wanted [a-z0-9][a-z0-9-]{0,63}, found \"a_b\"\n"},
    {"library that is nowhere", "version: 1\nplugin_dirs: [plugins, none]\nplugins: [{ id: a, library: goood }]\n",
     "m.yaml:3:29: plugins[0].library: wanted libgoood.so in one of plugin_dirs, found none in plugins, none (no such "
     "folder); did you mean \"good\"?\n"},
    {"library without plugin_dirs", "version: 1\nplugins: [{ id: a, library: good }]\n",
     "m.yaml:2:29: plugins[0].library: wanted libgood.so in one of plugin_dirs, found no plugin_dirs\n"},
    {"order that names nobody", "version: 1\nplugins:\n  - { id: audit, library: plugins/libgood.so }\n"
                                "  - { id: b, library: plugins/libgood.so, order: { after: [audti] } }\n",
     "m.yaml:4:60: plugins[1].order.after[0]: wanted the id of a plugin, found \"audti\"; did you mean \"audit\"?\n"},
    {"order that names itself", "version: 1\nplugins: [{ id: b, library: plugins/libgood.so, order: { after: [b] } }]\n",
     "m.yaml:2:66: plugins[0].order.after[0]: wanted another plugin, found this one\n"},
    {"order in a circle", "version: 1\nplugins:\n  - { id: x, library: plugins/libgood.so }\n"
                          "  - { id: a, library: plugins/libgood.so, order: { after: [c] } }\n"
                          "  - { id: b, library: plugins/libgood.so, order: { after: [a] } }\n"
                          "  - { id: c, library: plugins/libgood.so, order: { after: [b] } }\n",
     "m.yaml:4:50: plugins[1].order: wanted an order of plugins, found a cycle: a -> b -> c -> a\n"},
    {"misspelt action", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, grants: { hooks: { '*': [craete] } } }]\n",
     "m.yaml:2:74: plugins[0].grants.hooks.*[0]: wanted an action or a group of actions, found \"craete\"; did you mean \"create\"?\n"},
    {"grant on an unknown type", "version: 1\nresources: [{ type: note }]\n"
                                 "plugins: [{ id: a, library: plugins/libgood.so, grants: { resources: { notes: [read] } } }]\n",
     "m.yaml:3:72: plugins[0].grants.resources.notes: wanted a resource type or \"*\", found \"notes\"; did you mean \"note\"?\n"},
    {"wrong event pattern", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, grants: { publish: ['a.>.b'] } }]\n",
     "m.yaml:2:69: plugins[0].grants.publish[0]: wanted an event type or a pattern such as order.paid, order.*, order.> or *, "
     "found \"a.>.b\"\n"},
    {"config that is a list", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, config: [1] }]\n",
     "m.yaml:2:57: plugins[0].config: wanted a map, found a list\n"},
    {"number that JSON has not", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, config: { x: .inf } }]\n",
     "m.yaml:2:62: plugins[0].config.x: wanted a number that JSON can hold, or a text in quotes, found \".inf\"\n"},
    {"yes for true", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, required: yes }]\n",
     "m.yaml:2:59: plugins[0].required: wanted true or false, found \"yes\"\n"},
    {"deadline beyond the budget", "version: 1\noperations: { budget: 1s, deadline: 2s }\n",
     "m.yaml:2:37: operations.deadline: wanted at most operations.budget (1s), found 2s\n"},
    {"plugin's deadline beyond the budget", "version: 1\nplugins: [{ id: a, library: plugins/libgood.so, deadline: 6s }]\n",
     "m.yaml:2:59: plugins[0].deadline: wanted at most operations.budget (5s), found 6s\n"},
    {"nobody may wait for a worker", "version: 1\noperations: { max_waiting: 0 }\n",
     "m.yaml:2:28: operations.max_waiting: wanted 1 to 1000000, found \"0\"\n"},
    {"more workers than there may be", "version: 1\noperations:\n  max_workers: 2\n",
     "m.yaml:3:3: operations.workers: wanted at most operations.max_workers (2), found 4\n"},
};

}  // namespace

TEST_CASE("a broken manifest is answered by its place, what was wanted and what was found") {
  const Folder folder;
  folder.write("plugins/libgood.so", "not loaded here");
  folder.write("schemas/note.json", R"({"type": "object"})");
  folder.write("schemas/broken.json", "{\n  \"type\": }\n");
  folder.write("schemas/list.json", "[]");
  CHECK(broken.size() >= 30);
  for (const Broken& one : broken) {
    INFO(one.what);
    CHECK(folder.problems(one.manifest) == one.problems);
  }
}

TEST_CASE("all mistakes of a manifest are reported at once, in the order of their places") {
  const Folder folder;
  CHECK(folder.problems("version: 1\n"
                        "htpt: {}\n"
                        "log: { level: loud }\n"
                        "drain: soon\n"
                        "resources:\n"
                        "  - type: note\n"
                        "    index: [title]\n"
                        "plugins:\n"
                        "  - id: one\n"
                        "    library: nowhere\n"
                        "    grants: { hooks: { nota: [rewrite] } }\n"
                        "    order: { before: [two] }\n") ==
        "m.yaml:2:1: htpt: wanted a key that is known here, found \"htpt\"; did you mean \"http\"?\n"
        "m.yaml:3:15: log.level: wanted trace, debug, info, warning or error, found \"loud\"\n"
        "m.yaml:4:8: drain: wanted a duration such as 200ms, 5s or 1m30s (units d, h, m, s, ms, us), found \"soon\"\n"
        "m.yaml:7:13: resources[0].index[0]: wanted a JSON Pointer to a member such as /title or /author/name, found \"title\"\n"
        "m.yaml:10:14: plugins[0].library: wanted libnowhere.so in one of plugin_dirs, found no plugin_dirs\n"
        "m.yaml:11:24: plugins[0].grants.hooks.nota: wanted a resource type or \"*\", found \"nota\"; did you mean \"note\"?\n"
        "m.yaml:11:31: plugins[0].grants.hooks.nota[0]: wanted an action or a group of actions, found \"rewrite\"; did you mean "
        "\"write\"?\n"
        "m.yaml:12:23: plugins[0].order.before[0]: wanted the id of a plugin, found \"two\"\n");
}

TEST_CASE("a manifest with more mistakes than a person can use is cut short") {
  const Folder folder;
  std::string text = "version: 1\n";
  for (int i = 0; i < 5000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  CHECK(folder.read(text).problems.size() == Problems::most + 1);
}

TEST_CASE("a manifest that is not there, or no file, is a problem") {
  const Folder folder;
  const auto problems = [&](const std::string& name) {
    return folder.without_path(to_text(read_manifest(folder.path() / name).problems));
  };
  CHECK(problems("none.yaml") == "none.yaml:1:1: wanted a readable file, found: No such file or directory\n");
  std::filesystem::create_directory(folder.path() / "folder.yaml");
  CHECK(problems("folder.yaml") == "folder.yaml:1:1: wanted a file, found a folder\n");
  REQUIRE(::mkfifo((folder.path() / "pipe.yaml").c_str(), 0600) == 0);
  CHECK(problems("pipe.yaml") == "pipe.yaml:1:1: wanted a regular file, found another kind\n");
}

TEST_CASE("problems are also told as JSON") {
  const std::vector<Problem> problems{{"m.yaml", 2, 3, "log.level", "wanted \"a\", found b"}};
  CHECK(to_json_text(problems) ==
        R"([{"column":3,"file":"m.yaml","line":2,"message":"wanted \"a\", found b","path":"log.level"}])");
}
