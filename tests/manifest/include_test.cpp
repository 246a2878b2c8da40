#include "manifest/folder.hpp"

using namespace backplane::manifest;

namespace {

std::string plugin_list(const std::string& id) {
  return "plugins: [{ id: " + id + ", library: /lib/none/libx.so, required: false }]\n";
}

std::string ids(const Settings& settings) {
  std::string text;
  for (const PluginSettings& one : settings.plugins) text += (text.empty() ? "" : " ") + one.id;
  return text;
}

}  // namespace

TEST_CASE("a folder is included in the order of its file names, after the including file") {
  const Folder folder;
  folder.write("plugins.d/20-b.yaml", plugin_list("b"));
  folder.write("plugins.d/10-c.yml", plugin_list("c"));
  folder.write("plugins.d/30-a.yaml", plugin_list("a"));
  folder.write("plugins.d/README.md", "no fragment");
  CHECK(ids(folder.settings("version: 1\ninclude: plugins.d\n" + plugin_list("z"))) == "z c b a");
}

TEST_CASE("files and patterns are included in the order of the list") {
  const Folder folder;
  folder.write("z.yaml", plugin_list("z"));
  folder.write("parts/b.yaml", plugin_list("b"));
  folder.write("parts/a.yaml", plugin_list("a"));
  CHECK(ids(folder.settings("version: 1\ninclude: [z.yaml, \"parts/[ab].yaml\", \"parts/none*.yaml\"]\n")) == "z a b");
}

TEST_CASE("a fragment may include others, and its paths start at its own folder") {
  const Folder folder;
  folder.write("one/fragment.yaml", "include: ../two/fragment.yaml\nresources: [{ type: note, schema: note.json }]\nplugin_dirs: [libs]\n");
  folder.write("one/note.json", "{}");
  folder.write("two/fragment.yaml", "plugins: [{ id: a, library: a }]\nplugin_dirs: [libs]\n");
  folder.write("two/libs/liba.so", "");
  const Settings settings = folder.settings("version: 1\ninclude: one/fragment.yaml\n");
  CHECK(settings.resources.at(0).schema.has_value());
  CHECK(settings.plugins.at(0).library_path == std::filesystem::canonical(folder.path()) / "two/libs/liba.so");
  REQUIRE(settings.plugin_dirs.size() == 2);
  CHECK(folder.without_path(settings.plugins.at(0).where) == "one/../two/fragment.yaml:1:11");
}

TEST_CASE("a mistake in a fragment is told with the fragment's name and place") {
  const Folder folder;
  folder.write("d/a.yaml", "plugins:\n  - id: a\n    libary: x\n    library: y\n    required: false\n");
  CHECK(folder.problems("version: 1\ninclude: d\n") ==
        "d/a.yaml:3:5: plugins[0].libary: wanted a key that is known here, found \"libary\"; did you mean \"library\"?\n");
}

TEST_CASE("a fragment holds nothing but resources, plugins and their folders") {
  const Folder folder;
  folder.write("f.yaml", "version: 1\nhttp: { listen: 127.0.0.1:1 }\n");
  CHECK(folder.problems("version: 1\ninclude: f.yaml\n") ==
        "f.yaml:1:1: version: wanted a key that is known here, found \"version\"; known: include, resources, plugin_dirs, plugins\n"
        "f.yaml:2:1: http: wanted a key that is known here, found \"http\"; known: include, resources, plugin_dirs, plugins\n");
}

TEST_CASE("files that include each other are told as a cycle") {
  const Folder folder;
  folder.write("a.yaml", "include: b.yaml\n");
  folder.write("b.yaml", "include: a.yaml\n");
  CHECK(folder.problems("version: 1\ninclude: a.yaml\n") ==
        "b.yaml:1:10: include: wanted no cycle of includes, found a.yaml -> b.yaml -> a.yaml\n");
  CHECK(folder.problems("version: 1\ninclude: m.yaml\n") == "m.yaml:2:10: include: wanted no cycle of includes, found m.yaml -> m.yaml\n");
}

TEST_CASE("a file that is included twice is a problem, also under another name") {
  const Folder folder;
  folder.write("d/a.yaml", plugin_list("a"));
  std::filesystem::create_symlink(folder.path() / "d/a.yaml", folder.path() / "other.yaml");
  CHECK(folder.problems("version: 1\ninclude:\n  - d\n  - d/a.yaml\n  - other.yaml\n") ==
        "m.yaml:4:5: include[1]: wanted each file once, found \"d/a.yaml\", which is included at m.yaml:3:5\n"
        "m.yaml:5:5: include[2]: wanted each file once, found \"other.yaml\", which is included at m.yaml:3:5\n");
}

TEST_CASE("a file that is missing, and what is no path, are problems at the include") {
  const Folder folder;
  CHECK(folder.problems("version: 1\ninclude: [none.yaml, { a: b }, ~]\n") ==
        "m.yaml:2:11: include[0]: wanted a readable file, found: No such file or directory (\"none.yaml\")\n"
        "m.yaml:2:22: include[1]: wanted a path, found a map\n"
        "m.yaml:2:32: include[2]: wanted a path, found nothing\n");
}

TEST_CASE("ids and types are unique over all files") {
  const Folder folder;
  folder.write("d/a.yaml", plugin_list("a"));
  folder.write("d/b.yaml", plugin_list("a"));
  CHECK(folder.problems("version: 1\ninclude: d\n") ==
        "d/b.yaml:1:17: plugins[0].id: wanted a name of its own, found \"a\", which d/a.yaml:1:11 has\n");
}

TEST_CASE("names are not called unknown when they may stand in a fragment that could not be read") {
  const Folder folder;
  folder.write("broken.yaml", "plugins: [\n");
  CHECK(folder.problems("version: 1\ninclude: broken.yaml\n"
                        "plugins: [{ id: a, library: x, required: false, order: { after: [b] } }]\n") ==
        "broken.yaml:2:1: wanted YAML, found a mistake: end of sequence flow not found\n");
}
